// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The keys `tokenizer` and `prompt`: titles in the pieces of a file, behind words that stand before each.
#include <gtest/gtest.h>

#include <numeric>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/data/catalogue.h"
#include "tests/engine/core/folder_test.h"
#include "tests/engine/models/text_model_test.h"

namespace recoscope {
namespace {

using test::writePlain;

// Whole words. Every text starts with [CLS] and ends with [SEP], as the file says.
class GivenVocabulary : public test::TextModelTest {
protected:
    static constexpr int unknown = 0, cls = 1, sep = 2, read = 3, the = 4, amber = 5, silent = 6;

    static Json wordPieces()
    {
        const auto special = [](int id, const char* content) {
            return Json{{"id", id}, {"content", content}, {"special", true}, {"single_word", false}, {"lstrip", false},
                {"rstrip", false}, {"normalized", false}};
        };
        const auto piece = [](const char* kind, const char* id) { return Json{{kind, {{"id", id}, {"type_id", 0}}}}; };
        const auto only = [](const char* token, int id) {
            return Json{{"id", token}, {"ids", {id}}, {"tokens", {token}}};
        };
        const Json vocabulary = {{"[UNK]", unknown}, {"[CLS]", cls}, {"[SEP]", sep}, {"Read:", read}, {"The", the},
            {"Amber", amber}, {"Silent", silent}, {"House", 7}, {"never", 8}};
        return {{"version", "1.0"}, {"added_tokens", {special(1, "[CLS]"), special(2, "[SEP]")}},
            {"normalizer", nullptr}, {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
            {"post_processor",
                {{"type", "TemplateProcessing"},
                    {"single",
                        {piece("SpecialToken", "[CLS]"), piece("Sequence", "A"), piece("SpecialToken", "[SEP]")}},
                    {"pair", Json::array()},
                    {"special_tokens", {{"[CLS]", only("[CLS]", cls)}, {"[SEP]", only("[SEP]", sep)}}}}},
            {"decoder", nullptr},
            {"model",
                {{"type", "WordPiece"}, {"vocab", vocabulary}, {"unk_token", "[UNK]"},
                    {"continuing_subword_prefix", "##"}, {"max_input_chars_per_word", 100}}}};
    }
    Json parametersOf(const Json& changes) const
    {
        Json parameters = {{"hidden", 16}, {"tokenizer", file.string()}};
        parameters.update(changes);
        return findModel("hllm").schema.validate(parameters);
    }
    // The title's ids in the file's vocabulary.
    std::vector<std::int32_t> titleIds(const FixedTensors& fixed, std::int32_t item) const
    {
        const std::vector<std::int32_t> rows = fixed.ints("text.title.rows");
        const FieldPieces titles = fieldPieces(fixed, "title", data->items());
        std::vector<std::int32_t> ids;
        for (std::int32_t i = titles.offsets[item]; i < titles.offsets[item + 1]; ++i)
            ids.push_back(
                static_cast<std::int32_t>(std::find(rows.begin(), rows.end(), titles.pieces[i]) - rows.begin()));
        return ids;
    }
    std::string refusal(const std::string& content)
    {
        writePlain(file, content);
        try {
            requireTitles(parametersOf(Json::object()), DataFacts::of(*data->dataset()));
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Input) << error.message();
            return error.message();
        }
        return {};
    }
    // Its title is "The Amber ...".
    std::int32_t firstAmber() const
    {
        for (std::int32_t item = 0; item < data->items(); ++item)
            if (data->dataset()->catalogue().item(ItemIndex{data->datasetItem(item)}).title.find("Amber") == 4)
                return item;
        throw std::logic_error("the test's catalogue has no such title");
    }
    void SetUp() override { writePlain(file, wordPieces().dump()); }

    Path file = scratch / "given.json";
};

TEST_F(GivenVocabulary, TitlesAreReadInThePiecesOfTheFile)
{
    const FixedTensors fixed = itemPieces(*data, parametersOf(Json::object()));
    EXPECT_EQ(fixed.text("text.tokenizer"), wordPieces().dump());
    EXPECT_EQ(titleIds(fixed, firstAmber()), (std::vector<std::int32_t>{cls, the, amber, unknown, sep}));
    // Pieces that no title has, have no row: "Read:", "House" and "never".
    const std::vector<std::int32_t> rows = fixed.ints("text.title.rows");
    ASSERT_EQ(rows.size(), 9u);
    for (const int id : {int(read), 7, 8})
        EXPECT_EQ(rows[id], -1) << id;
}

TEST_F(GivenVocabulary, ThePromptStandsBeforeTitlesAndNotBeforeBrands)
{
    const FixedTensors fixed = itemPieces(*data, parametersOf({{"prompt", "Read: "}}));
    EXPECT_EQ(titleIds(fixed, firstAmber()), (std::vector<std::int32_t>{cls, read, the, amber, unknown, sep}));
    EXPECT_EQ(fixed.ints("text.brand.rows")[read], -1);
    // A text is cut where the key says so, and its end stays what the file makes it.
    const FixedTensors cut = itemPieces(*data, parametersOf({{"prompt", "Read: "}, {"title_pieces", 4}}));
    EXPECT_EQ(titleIds(cut, firstAmber()), (std::vector<std::int32_t>{cls, read, the, sep}));
}

TEST_F(GivenVocabulary, AFolderWithTheFileIsTakenForTheFile)
{
    std::filesystem::create_directories(scratch / "folder");
    writePlain(scratch / "folder" / "tokenizer.json", wordPieces().dump());
    const Json folder = parametersOf({{"tokenizer", (scratch / "folder").string()}});
    EXPECT_EQ(itemPieces(*data, folder).hash(), itemPieces(*data, parametersOf(Json::object())).hash());
}

// What a run keeps is enough: neither the ranking nor another catalogue's reading needs the file again.
TEST_F(GivenVocabulary, TheFileIsNotNeededAfterwards)
{
    const Json parameters = parametersOf({{"prompt", "Read: "}});
    const FixedTensors first = itemPieces(*data, parameters);
    std::filesystem::remove(file);
    EXPECT_EQ(itemPieces(*data, parameters, &first).hash(), first.hash());
    const auto other = test::textData(scratch, {.shelves = 2}, "others");
    EXPECT_EQ(itemPieces(*other, parameters, &first).ints("text.title.rows"), first.ints("text.title.rows"));
}

TEST_F(GivenVocabulary, AFileThatIsNoneIsRefusedByName)
{
    Json unknownKind = wordPieces();
    unknownKind["model"]["type"] = "Oracle";
    const std::string whole = wordPieces().dump();
    for (const std::string& content :
        {std::string(), std::string("{}"), whole.substr(0, whole.size() / 2), unknownKind.dump()})
        EXPECT_NE(refusal(content).find("given.json"), std::string::npos) << content;
    std::filesystem::remove(file);
    try {
        requireTitles(parametersOf(Json::object()), DataFacts::of(*data->dataset()));
        FAIL() << "a file that is not there was taken";
    } catch (const Error& error) {
        EXPECT_NE(error.message().find("given.json"), std::string::npos) << error.message();
    }
}

} // namespace
} // namespace recoscope
