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
class Transfer : public TextRuns {
protected:
    void SetUp() override
    {
        TextRuns::SetUp();
        workspace().generate(
            {{"users", 100}, {"items", 72}, {"clusters", 4}, {"mean_length", 14.0}, {"category_noise", 0.0}}, 9,
            "other", m_progress);
        source = execute(create("srt", trained)).id;
    }
    Workspace::NewRun from(const RunId& id, Adaptation adaptation, const Json& changes = Json::object())
    {
        Workspace::NewRun request;
        request.dataset = "other";
        request.model = "srt";
        request.parameters = trained;
        request.parameters.update(changes);
        request.protocol.filter = FilterKind::None;
        request.initFrom = id;
        request.adaptation = adaptation;
        return request;
    }
    RunRecord adapt(Adaptation adaptation)
    {
        return execute(workspace().createRun(from(source, adaptation, {{"epochs", 1}})));
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

TEST_F(Transfer, ZeroShotReadsTheOtherCatalogueAndTrainsNothing)
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

TEST_F(Transfer, EmbeddingsAloneLeaveTheRestAsItIs)
{
    const RunRecord run = adapt(Adaptation::Embeddings);
    EXPECT_EQ(changed(run.id), (std::set<std::string>{"brand_pieces.weight", "title_pieces.weight"}));
}

TEST_F(Transfer, FullAdaptationGoesOnAfterACancelWithoutItsSource)
{
    const RunRecord whole = execute(workspace().createRun(from(source, Adaptation::Full, {{"epochs", 3}})));
    EXPECT_GT(changed(whole.id).size(), 10u);
    const RunId cut = workspace().createRun(from(source, Adaptation::Full, {{"epochs", 3}}));
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

TEST_F(Transfer, WhatDoesNotFitIsRefusedAndNothingIsWritten)
{
    const RunId counted = execute(create("most_popular", Json::object())).id;
    const RunId other = execute(create("lrurec", {{"epochs", 1}, {"hidden", 8}})).id;
    const RunId queued = create("srt", trained);
    workspace().store().flush();
    const auto before = workspace().store().runs().size();
    const auto files = tree();
    const auto kindOf
        = [&](const Workspace::NewRun& request) { return errorOf([&] { workspace().createRun(request); }).kind(); };
    EXPECT_EQ(kindOf(from(source, Adaptation::Full, {{"hidden", 8}})), ErrorKind::Refused);
    EXPECT_EQ(kindOf(from(source, Adaptation::Full, {{"norm", "pre"}})), ErrorKind::Refused);
    EXPECT_EQ(kindOf(from(other, Adaptation::Full)), ErrorKind::Refused);
    EXPECT_EQ(kindOf(from(queued, Adaptation::Full)), ErrorKind::NotFound);
    EXPECT_EQ(kindOf(from(counted, Adaptation::Full)), ErrorKind::NotFound);
    EXPECT_EQ(kindOf(from("no such run", Adaptation::Full)), ErrorKind::NotFound);
    Workspace::NewRun longer = from(source, Adaptation::Full);
    longer.protocol.maxLength = 300;
    EXPECT_EQ(kindOf(longer), ErrorKind::Refused);
    Workspace::NewRun table = from(other, Adaptation::Full);
    table.model = "lrurec";
    table.parameters = {{"hidden", 8}};
    EXPECT_EQ(kindOf(table), ErrorKind::Refused);
    EXPECT_EQ(workspace().store().runs().size(), before);
    EXPECT_EQ(tree(), files);
}
