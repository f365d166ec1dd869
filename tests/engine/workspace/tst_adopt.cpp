// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Checkpoints of public code bases as runs: scores by hand, and those that the official programs gave.
#include <array>
#include <cmath>
#include <numeric>

#include "engine/core/safetensors.h"
#include "engine/data/catalogue.h"
#include "tests/engine/workspace/workspace_fixture.h"

namespace recoscope::test {
namespace {

using Vector = std::vector<double>;

class Adopt : public WorkspaceTest {
protected:
    // Every item in turn, three events a user: raw ids 1 .. items.
    void importItems(int items)
    {
        open();
        std::string text = "user,item,timestamp\n";
        for (int user = 0; user < items; ++user)
            for (int event = 0; event < 3; ++event)
                text += std::to_string(user) + "," + std::to_string(1 + (user + event * 5) % items) + ","
                    + std::to_string(1'600'000'000 + user * 100 + event) + "\n";
        writePlain(m_folder / "events.csv", text);
        Progress progress;
        workspace().importFile(m_folder / "events.csv", "items", {}, progress);
    }
    Workspace::Adoption adoption(const std::string& model, const Path& weights) const
    {
        Workspace::Adoption a;
        a.dataset = "items";
        a.model = model;
        a.weights = weights;
        a.protocol.filter = FilterKind::None;
        return a;
    }
    RunRecord adopt(const Workspace::Adoption& a)
    {
        Progress progress;
        return workspace().adopt(a, progress);
    }
    // Scores of raw ids 1 .. items after a history of raw ids.
    Vector scores(const RunId& run, const std::vector<int>& history)
    {
        Progress progress;
        const auto session = workspace().openSession(run, progress);
        const PreparedData& data = session->data();
        const std::vector<std::string>& raw = data.dataset()->catalogue().rawItems();
        std::vector<std::int32_t> prepared(static_cast<std::size_t>(data.items()) + 1);
        for (std::int32_t item = 0; item < data.items(); ++item)
            prepared[std::stoul(raw[static_cast<std::size_t>(data.datasetItem(item))])] = item;
        PackedSequences packed;
        std::vector<std::int32_t> events;
        for (const int item : history)
            events.push_back(prepared[static_cast<std::size_t>(item)]);
        packed.append(events);
        std::vector<float> all(static_cast<std::size_t>(data.items()));
        session->model().score(packed.view(), all);
        Vector byRaw;
        for (std::size_t item = 1; item < prepared.size(); ++item)
            byRaw.push_back(all[static_cast<std::size_t>(prepared[item])]);
        return byRaw;
    }
};

// A GRU4Rec of RecBole with nine items, embedding 5 and state 4, its numbers from a fixed recurrence.
class Gru {
public:
    static constexpr int items = 9, embedding = 5, hidden = 4;

    std::map<std::string, std::vector<float>> tensors = {
        {"item_embedding.weight", numbers((items + 1) * embedding, 1)},
        {"gru_layers.weight_ih_l0", numbers(3 * hidden * embedding, 2)},
        {"gru_layers.weight_hh_l0", numbers(3 * hidden * hidden, 3)},
        {"dense.weight", numbers(embedding* hidden, 4)},
        {"dense.bias", numbers(embedding, 5)},
    };
    std::map<std::string, std::vector<std::int64_t>> shapes = {
        {"item_embedding.weight", {items + 1, embedding}},
        {"gru_layers.weight_ih_l0", {3 * hidden, embedding}},
        {"gru_layers.weight_hh_l0", {3 * hidden, hidden}},
        {"dense.weight", {embedding, hidden}},
        {"dense.bias", {embedding}},
    };

    Path write(const Path& path) const
    {
        std::map<std::string, TensorView> views;
        for (const auto& [name, values] : tensors)
            views[name] = {TensorType::F32, shapes.at(name), std::as_bytes(std::span(values))};
        writeSafetensors(path, views);
        return path;
    }
    // Cho et al. 2014 as PyTorch has it: h = (1 - z) n + z h, n = tanh(W_in x + r W_hn h).
    Vector scores(const std::vector<int>& history) const
    {
        Vector h(hidden, 0.0);
        for (const int item : history) {
            const Vector x = row("item_embedding.weight", item, embedding);
            const Vector in = product("gru_layers.weight_ih_l0", 3 * hidden, x);
            const Vector of = product("gru_layers.weight_hh_l0", 3 * hidden, h);
            for (int i = 0; i < hidden; ++i) {
                const double r = sigmoid(in[i] + of[i]), z = sigmoid(in[hidden + i] + of[hidden + i]);
                h[i] = (1.0 - z) * std::tanh(in[2 * hidden + i] + r * of[2 * hidden + i]) + z * h[i];
            }
        }
        Vector user = product("dense.weight", embedding, h);
        for (int i = 0; i < embedding; ++i)
            user[i] += tensors.at("dense.bias")[i];
        Vector result;
        for (int item = 1; item <= items; ++item) {
            const Vector x = row("item_embedding.weight", item, embedding);
            result.push_back(std::inner_product(user.begin(), user.end(), x.begin(), 0.0));
        }
        return result;
    }

private:
    static std::vector<float> numbers(int count, std::uint32_t state)
    {
        std::vector<float> values;
        for (int i = 0; i < count; ++i) {
            state = state * 1664525u + 1013904223u;
            values.push_back(static_cast<float>(state >> 8) / (1 << 23) - 1.0f);
        }
        return values;
    }
    static double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
    Vector row(const std::string& name, int index, int width) const
    {
        const auto begin = tensors.at(name).begin() + index * width;
        return {begin, begin + width};
    }
    Vector product(const std::string& name, int rows, const Vector& x) const
    {
        Vector result;
        for (int r = 0; r < rows; ++r) {
            const Vector weights = row(name, r, static_cast<int>(x.size()));
            result.push_back(std::inner_product(x.begin(), x.end(), weights.begin(), 0.0));
        }
        return result;
    }
};

void expectNear(const Vector& actual, const Vector& expected, double tolerance)
{
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i)
        EXPECT_NEAR(actual[i], expected[i], tolerance) << "item " << i + 1;
}

TEST_F(Adopt, ScoresAreThoseOfTheEquations)
{
    importItems(Gru::items);
    const Gru gru;
    const RunRecord run = adopt(adoption("gru4rec", gru.write(m_folder / "gru.safetensors")));
    EXPECT_EQ(run.status, RunStatus::Finished);
    EXPECT_EQ(run.epochs, 0);
    EXPECT_TRUE(run.test.contains("ndcg@10"));
    EXPECT_NE(run.remark.find("RecBole"), std::string::npos);
    EXPECT_EQ(run.environment.at("adopted").at("file"), "gru.safetensors");
    for (const std::vector<int>& history : {std::vector<int>{3}, {1, 9, 4, 4, 2}})
        expectNear(scores(run.id, history), gru.scores(history), 1e-5);
}

TEST_F(Adopt, AListSaysWhichItemARowIsOf)
{
    importItems(Gru::items);
    const Gru gru;
    auto a = adoption("gru4rec", gru.write(m_folder / "gru.safetensors"));
    a.items = m_folder / "items.txt";
    writePlain(a.items, "9\n8\n7\n6\n5\n4\n3\n2\n1\n"); // their item 1 is raw id 9
    const RunId run = adopt(a).id;
    Vector expected = gru.scores({7, 2});
    std::reverse(expected.begin(), expected.end());
    expectNear(scores(run, {3, 8}), expected, 1e-5);
}

TEST_F(Adopt, ItemsThatTheDataLackAreToldAndTheOthersScoredAsBefore)
{
    importItems(Gru::items - 2); // raw ids 1 to 7
    const Gru gru;
    const RunRecord run = adopt(adoption("gru4rec", gru.write(m_folder / "gru.safetensors")));
    EXPECT_NE(run.remark.find("2 of their items are not in these data"), std::string::npos) << run.remark;
    Vector expected = gru.scores({3, 1});
    expected.resize(Gru::items - 2);
    const Vector found = scores(run.id, {3, 1});
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_NEAR(found[i], expected[i], 1e-5) << i;
}

TEST_F(Adopt, WhatDoesNotFitIsNamedAndLeavesNothing)
{
    importItems(Gru::items);
    const Path file = m_folder / "gru.safetensors", list = m_folder / "items.txt";
    struct Wrong {
        const char* says;
        ErrorKind kind;
        std::function<void(Gru&, Workspace::Adoption&)> change;
    };
    const std::vector<Wrong> cases = {
        {"dense.bias", ErrorKind::Input, [](Gru& g, auto&) { g.tensors.erase("dense.bias"); }},
        {"gru_layers.weight_hh_l0", ErrorKind::Input,
            [](Gru& g, auto&) { g.tensors.erase("gru_layers.weight_hh_l0"); }},
        {"surplus", ErrorKind::Input,
            [](Gru& g, auto&) {
                g.tensors["surplus"] = {1.0f};
                g.shapes["surplus"] = {1};
            }},
        {"dense.weight is [4, 5], expected [5, 4]", ErrorKind::Input,
            [](Gru& g, auto&) {
                g.shapes["dense.weight"] = {4, 5};
            }},
        {"gru.safetensors: tensor dense.weight holds values that are not finite", ErrorKind::Input,
            [](Gru& g, auto&) { g.tensors["dense.weight"][7] = NAN; }},
        {"item '9' has no row", ErrorKind::Input,
            [](Gru& g, auto&) {
                g.tensors["item_embedding.weight"].resize(9 * Gru::embedding);
                g.shapes["item_embedding.weight"] = {9, Gru::embedding};
            }},
        {"items.txt:2", ErrorKind::Input,
            [&](Gru&, Workspace::Adoption& a) {
                writePlain(list, "1\n1\n");
                a.items = list;
            }},
        {"position_embedding.weight is missing", ErrorKind::Input,
            [](Gru&, Workspace::Adoption& a) {
                a.model = "sasrec";
                a.settings = {{"heads", 1}};
            }},
        {"no public checkpoints", ErrorKind::Usage, [](Gru&, Workspace::Adoption& a) { a.model = "markov"; }},
        {"there is no model", ErrorKind::NotFound, [](Gru&, Workspace::Adoption& a) { a.model = "gru5rec"; }},
        {"nothing.safetensors", ErrorKind::NotFound,
            [&](Gru&, Workspace::Adoption& a) { a.weights = m_folder / "nothing.safetensors"; }},
    };
    writePlain(list, "");
    for (const Wrong& wrong : cases) {
        Gru gru;
        auto a = adoption("gru4rec", file);
        wrong.change(gru, a);
        gru.write(file);
        const auto before = tree();
        const Error error = errorOf([&] { adopt(a); });
        EXPECT_EQ(error.kind(), wrong.kind) << wrong.says;
        EXPECT_NE(error.message().find(wrong.says), std::string::npos) << error.message();
        EXPECT_TRUE(workspace().store().runs().empty());
        for (const auto& [name, hash] : tree())
            EXPECT_TRUE(before.contains(name) || name == "work/runs") << name;
    }
}

TEST_F(Adopt, OfAModelWithAttentionTheHeadsMustBeSaid)
{
    importItems(Gru::items);
    Gru gru;
    gru.tensors["position_embedding.weight"].resize(7 * Gru::embedding);
    gru.shapes["position_embedding.weight"] = {7, Gru::embedding};
    const Path file = gru.write(m_folder / "attention.safetensors");
    const Error error = errorOf([&] { adopt(adoption("sasrec", file)); });
    EXPECT_EQ(error.kind(), ErrorKind::Usage);
    EXPECT_NE(error.message().find("heads"), std::string::npos) << error.message();
}

// Checkpoints as the official programs wrote them, with the scores that they gave.
struct Official {
    const char* fixture;
    const char* model;
    const char* scores;
    Json settings;
};

void PrintTo(const Official& official, std::ostream* out)
{
    *out << official.fixture;
}

class AdoptOfficial : public Adopt, public testing::WithParamInterface<Official> { };

TEST_P(AdoptOfficial, GivesTheScoresOfTheOfficialProgram)
{
    const char* shared = std::getenv("RECOSCOPE_SHARED");
    const Path folder
        = (shared ? Path(shared) : Path(RECOSCOPE_SOURCE_DIR) / ".." / "shared") / "parity" / GetParam().fixture;
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no shared folder: set RECOSCOPE_SHARED";
    const SafetensorsFile io(folder / "io.safetensors");
    const Json hyper = readJson(folder / "case.json").at("hyper");
    const int items = hyper.at("num_items");
    importItems(items);
    auto a = adoption(GetParam().model, folder / "weights.safetensors");
    a.settings = GetParam().settings;
    a.protocol.maxLength = hyper.value("attention_normaliser", hyper.value("window", 0));
    const RunId run = adopt(a).id;
    const bool masked = GetParam().model == std::string("bert4rec");
    const auto events = io.at(masked ? "in.eval_packed" : "in.packed_items").toInt64();
    const auto offsets = io.at(masked ? "in.eval_offsets" : "in.offsets").toInt64();
    const auto expected = io.at(GetParam().scores).toDouble();
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
        // BERT4Rec's histories end with the mask, which the engine adds by itself.
        const std::vector<int> history(events.begin() + offsets[b], events.begin() + offsets[b + 1] - (masked ? 1 : 0));
        const auto row = expected.begin() + static_cast<std::ptrdiff_t>(b * (expected.size() / (offsets.size() - 1)));
        expectNear(scores(run, history), Vector(row + 1, row + items + 1), 2e-5);
    }
}

INSTANTIATE_TEST_SUITE_P(CodeBases, AdoptOfficial,
    testing::Values(Official{"lrurec_2blocks_L37", "lrurec", "out.logits_last", Json::object()},
        Official{"lrurec_1block_L16_bos", "lrurec", "out.logits_last", Json::object()},
        Official{"sasrec_ce_2layers", "sasrec", "out.scores_last", {{"heads", 2}}},
        Official{"sasrec_postnorm_2blocks", "sasrec_padded", "out.scores_last", {{"heads", 2}, {"norm", "post"}}},
        Official{"sasrec_postnorm_pads", "sasrec_padded", "out.scores_last", {{"heads", 1}, {"norm", "post"}}},
        Official{"sasrec_prenorm_pads", "sasrec_padded", "out.scores_last", {{"heads", 1}, {"norm", "pre"}}},
        Official{"gsasrec_2blocks", "sasrec_padded", "out.scores_last", {{"heads", 2}}},
        Official{"gsasrec_tied", "sasrec_padded", "out.scores_last", {{"heads", 1}}},
        Official{"bert4rec_2layers", "bert4rec", "out.scores_last", {{"heads", 1}}},
        Official{"gru4rec_2layers", "gru4rec", "out.scores_last", Json::object()},
        Official{"hstu_nobias_1layer", "hstu", "out.scores_last", {{"heads", 1}, {"relative_bias", false}}}));

} // namespace
} // namespace recoscope::test
