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

// Raw ids, and what is known of the events.
struct RawHistory {
    std::vector<int> items;
    std::vector<std::int64_t> times = {};
    std::int64_t requested = 0;
    std::vector<float> ratings = {};
};

class Adopt : public WorkspaceTest {
protected:
    // Every item in turn, three events a user: raw ids 1 .. items; with the titles of items 1, 2, ... where given.
    void importItems(int items, const std::vector<std::string>& titles = {})
    {
        open();
        std::string text = "user,item,rating,timestamp\n";
        for (int user = 0; user < items; ++user)
            for (int event = 0; event < 3; ++event)
                text += std::to_string(user) + "," + std::to_string(1 + (user + event * 5) % items) + ","
                    + std::to_string(1 + event) + "," + std::to_string(1'600'000'000 + user * 100 + event) + "\n";
        writePlain(m_folder / "events.csv", text);
        ImportOptions options;
        if (!titles.empty()) {
            std::string table = "item,title\n";
            for (int item = 1; item <= items; ++item)
                table += std::to_string(item) + "," + titles[static_cast<std::size_t>(item - 1)] + "\n";
            options.itemsFile = m_folder / "items.csv";
            writePlain(options.itemsFile, table);
        }
        Progress progress;
        workspace().importFile(m_folder / "events.csv", "items", options, progress);
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
        return scores(run, RawHistory{.items = history});
    }
    Vector scores(const RunId& run, const RawHistory& history)
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
        for (const int item : history.items)
            events.push_back(prepared[static_cast<std::size_t>(item)]);
        if (history.times.empty())
            packed.append(events);
        else
            packed.append(events, history.times, history.requested);
        packed.appendFeedback(history.ratings);
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
            [](Gru& g, Workspace::Adoption& a) {
                g.tensors.erase("gru_layers.weight_hh_l0");
                a.model = "sasrec";
                a.settings = {{"heads", 1}};
            }},
        {"as RecBole names them, not those of sasrec", ErrorKind::Usage,
            [](Gru&, Workspace::Adoption& a) { a.model = "sasrec"; }},
        {"as RecBole names them, not those of gsasrec", ErrorKind::Usage,
            [](Gru&, Workspace::Adoption& a) { a.model = "gsasrec"; }},
        {"no public checkpoints", ErrorKind::Usage,
            [](Gru& g, Workspace::Adoption& a) {
                g.tensors.erase("gru_layers.weight_hh_l0");
                a.model = "markov";
            }},
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
    gru.tensors.erase("gru_layers.weight_hh_l0"); // it would be taken for a GRU4Rec
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
    const int items = hyper.contains("num_items") ? hyper.at("num_items").get<int>()
                                                  : hyper.at("item_num_including_pad").get<int>() - 1;
    importItems(items);
    auto a = adoption(GetParam().model, folder / "weights.safetensors");
    a.settings = GetParam().settings;
    a.protocol.maxLength
        = hyper.value("items_in_window", hyper.value("attention_normaliser", hyper.value("window", 0)));
    const RunId run = adopt(a).id;
    const bool masked = GetParam().model == std::string("bert4rec");
    const auto events = io.at(masked ? "in.eval_packed" : "in.packed_items").toInt64();
    const auto offsets = io.at(masked ? "in.eval_offsets" : "in.offsets").toInt64();
    const auto expected = io.at(GetParam().scores).toDouble();
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
        // BERT4Rec's histories end with the mask, which the engine adds by itself.
        RawHistory history{{events.begin() + offsets[b], events.begin() + offsets[b + 1] - (masked ? 1 : 0)}};
        const auto part = [&](const char* name) {
            const auto all = io.contains(name) ? io.at(name).toInt64() : std::vector<std::int64_t>();
            return all.empty() ? all
                               : std::vector<std::int64_t>(all.begin() + offsets[b], all.begin() + offsets[b + 1]);
        };
        history.times = part("in.packed_times");
        if (!history.times.empty())
            history.requested = part("in.packed_next_times").back();
        for (const std::int64_t rating : part("in.packed_ratings"))
            history.ratings.push_back(static_cast<float>(rating));
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
        Official{"hstu_nobias_1layer", "hstu", "out.scores_last", {{"heads", 1}, {"relative_bias", false}}},
        Official{"hstu_bias_2layers", "hstu", "out.scores_last", {{"heads", 2}}},
        Official{"hstu_bias_concat_ua", "hstu", "out.scores_last", {{"heads", 2}}},
        Official{"hstu_bias_layernorm_out", "hstu", "out.scores_last", {{"heads", 1}, {"output", "layer_norm"}}},
        Official{"hstu_rating_feedback", "hstu", "out.scores_last", {{"heads", 2}}},
        Official{"persrec_hstu_plain", "persrec_padded", "out.scores_eval_full_mask", {{"heads", 2}}},
        Official{"persrec_hstu_plain_proj", "persrec_padded", "out.scores_eval_full_mask", {{"heads", 3}}},
        Official{"persrec_tokens_1segment", "persrec_padded", "out.scores_eval_full_mask",
            {{"heads", 2}, {"insert", "7:2"}}},
        Official{"persrec_tokens_2segments", "persrec_padded", "out.scores_eval_full_mask",
            {{"heads", 1}, {"insert", "4:1,8:2"}}}));

// Decoders that read texts: words w0, w1, ... whose numbers are the fixture's tokens.
class AdoptDecoders : public Adopt, public testing::WithParamInterface<const char*> {
protected:
    static Path fixture()
    {
        const char* shared = std::getenv("RECOSCOPE_SHARED");
        return (shared ? Path(shared) : Path(RECOSCOPE_SOURCE_DIR) / ".." / "shared") / "parity" / GetParam();
    }
    void writeTokenizer(int words) const
    {
        Json vocabulary = Json::object();
        for (int word = 0; word < words; ++word)
            vocabulary["w" + std::to_string(word)] = word;
        const Json model = {{"type", "WordPiece"}, {"vocab", vocabulary}, {"unk_token", "w0"},
            {"continuing_subword_prefix", "##"}, {"max_input_chars_per_word", 100}};
        const Json all = {{"version", "1.0"}, {"added_tokens", Json::array()}, {"normalizer", nullptr},
            {"pre_tokenizer", {{"type", "WhitespaceSplit"}}}, {"post_processor", nullptr}, {"decoder", nullptr},
            {"model", model}};
        std::filesystem::create_directories(m_folder / "tokenizer");
        writePlain(m_folder / "tokenizer" / "tokenizer.json", all.dump());
    }
    // Of the items but the pad, from tokens that end with the item token's place.
    static std::vector<std::string> titlesOf(const SafetensorsFile& io)
    {
        const auto tokens = io.at("in.catalogue_tokens").toInt64(), lengths = io.at("in.catalogue_lengths").toInt64();
        std::vector<std::string> titles;
        auto at = tokens.begin() + lengths.front();
        for (std::size_t item = 1; item < lengths.size(); at += lengths[item++]) {
            titles.emplace_back();
            for (auto token = at; token < at + lengths[item] - 1; ++token)
                titles.back() += (titles.back().empty() ? "w" : " w") + std::to_string(*token);
        }
        return titles;
    }
    Workspace::Adoption decoders(const Json& hyper) const
    {
        const bool tokens = hyper.at("tokens_k").is_number();
        auto a = adoption(tokens ? "persrec_padded" : "hllm", fixture() / "weights.safetensors");
        a.settings = {{"heads", hyper.at("heads")}, {"norm_epsilon", hyper.at("rms_norm_eps")},
            {"rotary_base", hyper.at("rope_theta")}, {"tokenizer", (m_folder / "tokenizer").string()}};
        if (tokens)
            a.settings["insert"] = std::to_string(hyper.at("older_items_P").get<int>()) + ":"
                + std::to_string(hyper.at("tokens_k").get<int>());
        a.protocol.maxLength = hyper.at("window");
        return a;
    }
};

TEST_P(AdoptDecoders, GiveTheScoresOfTheOfficialProgram)
{
    if (!std::filesystem::exists(fixture()))
        GTEST_SKIP() << "no shared folder: set RECOSCOPE_SHARED";
    const SafetensorsFile io(fixture() / "io.safetensors");
    const Json hyper = readJson(fixture() / "case.json").at("hyper");
    const std::vector<std::string> titles = titlesOf(io);
    const int items = static_cast<int>(titles.size());
    importItems(items, titles);
    writeTokenizer(hyper.at("vocab"));
    const RunRecord run = adopt(decoders(hyper));
    EXPECT_EQ(run.remark.find("items are not in these data"), std::string::npos) << run.remark;
    std::filesystem::remove_all(m_folder / "tokenizer"); // the run keeps what it needs
    const auto asked = io.at("in.eval_items").toInt64();
    const auto expected = io.at("out.scores_last").toDouble();
    const std::size_t window = static_cast<std::size_t>(hyper.at("window").get<int>());
    for (std::size_t b = 0; b * window < asked.size(); ++b) {
        std::vector<int> history;
        for (std::size_t i = b * window; i < (b + 1) * window; ++i)
            if (asked[i] > 0)
                history.push_back(static_cast<int>(asked[i]));
        const auto row = expected.begin() + static_cast<std::ptrdiff_t>(b) * (items + 1);
        expectNear(scores(run.id, history), Vector(row + 1, row + items + 1), 2e-5);
    }
}

TEST_P(AdoptDecoders, WhatIsMissingIsNamedAndLeavesNothing)
{
    if (!std::filesystem::exists(fixture()))
        GTEST_SKIP() << "no shared folder: set RECOSCOPE_SHARED";
    const Json hyper = readJson(fixture() / "case.json").at("hyper");
    const std::vector<std::string> titles = titlesOf(SafetensorsFile(fixture() / "io.safetensors"));
    importItems(static_cast<int>(titles.size()), titles);
    writeTokenizer(hyper.at("vocab").get<int>() + 1);
    auto a = decoders(hyper);
    const auto problem = [&](const Workspace::Adoption& wrong) {
        const Error error = errorOf([&] { adopt(wrong); });
        EXPECT_TRUE(workspace().store().runs().empty());
        return error.message();
    };
    EXPECT_NE(problem(a).find("item_llm.model.embed_tokens.weight is ["), std::string::npos)
        << "a word more than the table has rows: " << problem(a);
    for (const char* asked : {"heads", "norm_epsilon", "rotary_base", "tokenizer"}) {
        auto wrong = a;
        wrong.settings.erase(asked);
        EXPECT_NE(problem(wrong).find(std::string("does not say its ") + asked), std::string::npos) << problem(wrong);
    }
    auto wrong = a;
    wrong.settings["heads"] = 5;
    EXPECT_NE(problem(wrong).find("q_proj.weight is not of 5 heads"), std::string::npos) << problem(wrong);
    wrong = a;
    wrong.settings["tokenizer"] = (m_folder / "nowhere").string();
    EXPECT_NE(problem(wrong).find("nowhere"), std::string::npos) << problem(wrong);
    if (!a.settings.contains("insert"))
        return;
    for (const char* insert : {"3", "0:1", "9:1", "3:x", "3:1;4:1", "4:1,3:1", "3:0"}) {
        wrong = a;
        wrong.settings["insert"] = insert;
        EXPECT_NE(problem(wrong).find("insert '" + std::string(insert)), std::string::npos) << problem(wrong);
    }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, AdoptDecoders,
    testing::Values("hllm_tiny_mha", "hllm_tiny_gqa", "persrec_hllm_tokens", "persrec_hllm_tokens_recent_loss"));

} // namespace
} // namespace recoscope::test
