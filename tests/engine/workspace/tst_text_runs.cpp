// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Runs of models that read the catalogue's words: what is refused before anything is written, and that a run keeps the
// words it was trained on.

#include <set>

#include "engine/core/safetensors.h"
#include "engine/core/sqlite.h"
#include "engine/kernels/ops.h"
#include "tests/engine/workspace/workspace_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

class TextRuns : public WorkspaceTest {
protected:
    void SetUp() override
    {
        WorkspaceTest::SetUp();
        kernels::setThreads(1);
        open();
        generate();
    }
    void changeTitles(const std::string& sql)
    {
        close();
        Database catalogue(folder() / "datasets/small/catalogue.sqlite", Database::Mode::ReadWrite);
        catalogue.execute(sql);
    }
    RunId createText(const std::string& model) { return create(model, {{"epochs", 1}, {"hidden", 8}}); }

    const std::vector<std::string> models = {"srt", "hllm", "lite_llm4rec"};
};

TEST_F(TextRuns, ACatalogueWithoutTitlesIsRefusedAndNothingIsWritten)
{
    changeTitles("UPDATE items SET title = NULL");
    open();
    workspace().store().flush();
    const auto before = tree();
    for (const std::string& model : models) {
        const Error error = errorOf([&] { createText(model); });
        EXPECT_EQ(error.kind(), ErrorKind::Input) << model;
        EXPECT_NE(error.message().find("small"), std::string::npos) << model;
        EXPECT_NE(error.message().find("title"), std::string::npos) << model;
    }
    EXPECT_TRUE(workspace().store().runs().empty());
    EXPECT_EQ(tree(), before);
}

TEST_F(TextRuns, ARunKeepsTheWordsItWasTrainedOn)
{
    std::map<RunId, std::vector<float>> before;
    const auto scores = [&](const RunId& id) {
        const auto session = workspace().openSession(id, m_progress);
        const PackedSequences history = session->historyOf(0, 3);
        std::vector<float> values;
        for (const Recommendation& r : session->recommend(history.view(), 20))
            values.push_back(r.score);
        return values;
    };
    for (const std::string& model : models) {
        const RunRecord run = execute(createText(model));
        EXPECT_EQ(run.status, RunStatus::Finished) << model;
        before[run.id] = scores(run.id);
    }
    EXPECT_EQ(before.size(), models.size());
    changeTitles("UPDATE items SET title = 'Something else ' || idx");
    open();
    for (const auto& [id, values] : before)
        EXPECT_EQ(scores(id), values) << id;
}

// From one catalogue to another that has other items with words in common.
class TransferRuns : public TextRuns {
protected:
    void SetUp() override
    {
        TextRuns::SetUp();
        workspace().generate(
            {{"users", 100}, {"items", 72}, {"clusters", 4}, {"mean_length", 14.0}, {"category_noise", 0.0}}, 9,
            "other", m_progress);
        source = execute(create("srt", trained)).id;
    }
    Workspace::NewRun from(const RunId& id, const Transfer& transfer = {}, const Json& changes = Json::object())
    {
        Workspace::NewRun request;
        request.dataset = "other";
        request.model = "srt";
        request.parameters = trained;
        request.parameters.update(changes);
        request.protocol.filter = FilterKind::None;
        request.initFrom = id;
        request.transfer = transfer;
        return request;
    }
    RunRecord adapt(Adaptation adaptation)
    {
        return execute(workspace().createRun(from(source, {.adaptation = adaptation}, {{"epochs", 1}})));
    }
    // Names of the parameters that differ from the source's.
    std::set<std::string> changed(const RunId& id)
    {
        const SafetensorsFile before(workspace().runFolder(source) / "weights.safetensors");
        const SafetensorsFile after(workspace().runFolder(id) / "weights.safetensors");
        std::set<std::string> names;
        for (const auto& [name, view] : before.tensors())
            if (!name.starts_with("fixed.") && view.toFloat() != after.at(name).toFloat())
                names.insert(name);
        return names;
    }

    const Json trained = {{"epochs", 5}, {"hidden", 16}, {"piece_width", 16}, {"learning_rate", 0.01},
        {"batch_size", 16}, {"dropout", 0.1}, {"negatives", 64}, {"patience", 0}};
    RunId source;
};

TEST_F(TransferRuns, ZeroShotReadsTheOtherCatalogueAndTrainsNothing)
{
    const RunRecord run = adapt(Adaptation::ZeroShot);
    EXPECT_EQ(run.status, RunStatus::Finished);
    EXPECT_EQ(run.epochs, 0);
    EXPECT_TRUE(changed(run.id).empty());
    EXPECT_EQ(run.environment.at("init_from"), source);
    EXPECT_EQ(run.environment.at("adaptation"), "zero_shot");
    // Some 58 items stand behind the history: ten drawn at random find one target in six.
    EXPECT_GT(run.valid.at("hr@10"), 0.3);
}

TEST_F(TransferRuns, EmbeddingsAloneLeaveTheRestAsItIs)
{
    const RunRecord run = adapt(Adaptation::Embeddings);
    EXPECT_EQ(changed(run.id), (std::set<std::string>{"brand_pieces.weight", "title_pieces.weight"}));
}

TEST_F(TransferRuns, FullAdaptationGoesOnAfterACancelWithoutItsSource)
{
    const RunRecord whole = execute(workspace().createRun(from(source, {}, {{"epochs", 3}})));
    EXPECT_GT(changed(whole.id).size(), 10u);
    const RunId cut = workspace().createRun(from(source, {}, {{"epochs", 3}}));
    Progress progress;
    m_listener.onEpoch = [&progress](const EpochRecord&) { progress.requestCancel(); };
    EXPECT_THROW(workspace().execute(cut, m_control, m_listener, progress), Error);
    m_listener.onEpoch = {};
    const auto weights
        = [this](const RunId& id) { return readFile(workspace().runFolder(id) / "weights.safetensors"); };
    std::filesystem::remove_all(workspace().runFolder(source));
    EXPECT_EQ(resume(cut).status, RunStatus::Finished);
    EXPECT_EQ(weights(cut), weights(whole.id));
}

// Cut in the first phase, in the second and in the last, so that each part's optimiser and frozen weights come back.
TEST_F(TransferRuns, ProgressiveUnfreezesFromTheTopAndGoesOnAfterCancels)
{
    const Transfer byLayers{.adaptation = Adaptation::Progressive, .unfreezeEpochs = 2};
    const auto created = [&] { return workspace().createRun(from(source, byLayers, {{"epochs", 6}})); };
    const RunId whole = created();
    std::map<int, std::set<std::string>> moved; // by epoch, where its weights were kept
    m_listener.onEpoch = [&](const EpochRecord& record) {
        if (record.isBest)
            moved[record.epoch] = changed(whole);
    };
    execute(whole);
    m_listener.onEpoch = {};
    ASSERT_TRUE(moved.contains(1));
    ASSERT_GT(moved.rbegin()->first, 4);
    for (const auto& [epoch, changes] : moved) {
        const bool any = epoch <= 4;
        EXPECT_EQ(changes.contains("title_pieces.weight"), !any) << epoch;
        EXPECT_EQ(changes.contains("position_embedding.weight"), !any) << epoch;
        EXPECT_EQ(changes.contains("layers.0.attention.qkv.weight"), epoch > 2) << epoch;
        EXPECT_TRUE(changes.contains("layers.1.attention.qkv.weight")) << epoch;
        EXPECT_TRUE(changes.contains("adapter.weight")) << epoch;
    }
    const RunId cut = created();
    for (int part = 0; part < 5; ++part) {
        Progress progress;
        m_listener.onEpoch = [&progress](const EpochRecord&) { progress.requestCancel(); };
        const Error error = errorOf([&] {
            part == 0 ? workspace().execute(cut, m_control, m_listener, progress)
                      : workspace().resume(cut, m_control, m_listener, progress);
        });
        ASSERT_EQ(error.kind(), ErrorKind::Cancelled);
    }
    m_listener.onEpoch = {};
    resume(cut);
    const auto file = [this](const RunId& id, const char* name) { return readFile(workspace().runFolder(id) / name); };
    EXPECT_EQ(file(cut, "weights.safetensors"), file(whole, "weights.safetensors"));
}

// The further from the source, the stronger the pull back, weight by weight as it mattered there.
TEST_F(TransferRuns, ConsolidationHoldsWhatMatteredToTheSource)
{
    const auto distance = [this](double ewc) {
        const RunRecord run = execute(workspace().createRun(from(source, {.ewc = ewc}, {{"epochs", 2}})));
        EXPECT_EQ(run.environment.contains("ewc"), ewc > 0.0);
        const SafetensorsFile before(workspace().runFolder(source) / "weights.safetensors");
        const SafetensorsFile after(workspace().runFolder(run.id) / "weights.safetensors");
        double sum = 0.0;
        for (const auto& [name, view] : before.tensors())
            if (!name.starts_with("fixed.")) {
                const std::vector<float> a = view.toFloat(), b = after.at(name).toFloat();
                for (std::size_t i = 0; i < a.size(); ++i)
                    sum += (a[i] - b[i]) * (a[i] - b[i]);
            }
        return sum;
    };
    const double free = distance(0.0), held = distance(1e4), fixed = distance(1e7);
    EXPECT_LT(held, 0.9 * free);
    EXPECT_LT(fixed, 0.9 * held);
}

TEST_F(TransferRuns, WhatDoesNotFitIsRefusedAndNothingIsWritten)
{
    const RunId counted = execute(create("most_popular", Json::object())).id;
    const RunId other = execute(create("lrurec", {{"epochs", 1}, {"hidden", 8}})).id;
    const RunId queued = create("srt", trained);
    workspace().store().flush();
    const auto before = workspace().store().runs().size();
    const auto files = tree();
    const auto kindOf
        = [&](const Workspace::NewRun& request) { return errorOf([&] { workspace().createRun(request); }).kind(); };
    EXPECT_EQ(kindOf(from(source, {}, {{"hidden", 8}})), ErrorKind::Refused);
    EXPECT_EQ(kindOf(from(source, {}, {{"norm", "pre"}})), ErrorKind::Refused);
    EXPECT_EQ(kindOf(from(other)), ErrorKind::Refused);
    EXPECT_EQ(kindOf(from(queued)), ErrorKind::NotFound);
    EXPECT_EQ(kindOf(from(counted)), ErrorKind::NotFound);
    EXPECT_EQ(kindOf(from("no such run")), ErrorKind::NotFound);
    Workspace::NewRun longer = from(source);
    longer.protocol.maxLength = 300;
    EXPECT_EQ(kindOf(longer), ErrorKind::Refused);
    const Transfer byLayers{.adaptation = Adaptation::Progressive, .unfreezeEpochs = 3};
    EXPECT_EQ(kindOf(from(source, byLayers, {{"epochs", 6}})), ErrorKind::Usage); // two layers
    EXPECT_EQ(kindOf(from(source, {.adaptation = Adaptation::ZeroShot, .ewc = 1.0})), ErrorKind::Usage);
    Workspace::NewRun table = from(other);
    table.model = "lrurec";
    table.parameters = {{"hidden", 8}};
    EXPECT_EQ(kindOf(table), ErrorKind::Refused);
    EXPECT_EQ(workspace().store().runs().size(), before);
    EXPECT_EQ(tree(), files);
}
