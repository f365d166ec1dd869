// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Columns of surfaces and kinds in delimited tables: which are taken, what their texts become, what is refused.

#include <gtest/gtest.h>

#include "engine/data/catalogue.h"
#include "engine/data/importers/column_roles.h"
#include "engine/data/importers/importer.h"
#include "engine/data/prepared.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

using Names = std::vector<std::string>;
using Numbers = std::vector<std::uint8_t>;
constexpr std::uint8_t none = EventMark::unknown;

class ImportMarks : public testing::Test {
protected:
    std::shared_ptr<const Dataset> import(
        const std::string& text, const ImportOptions& options = {}, const std::string& name = "events.csv")
    {
        const Path file = write(text, name);
        std::filesystem::remove_all(m_folder.path() / "d");
        Progress progress;
        return importDataset(file, m_folder.path() / "d", "d", options, progress);
    }
    void refuse(const std::string& text, const ImportOptions& options, const std::string& message)
    {
        expectError(ErrorKind::Input, message, [&] { import(text, options); });
        EXPECT_EQ(m_folder.entries(), Names{"events.csv"}) << "something was left behind";
    }
    // The roles of the columns, in their order.
    Names roles(const std::string& text, const ImportOptions& options = {})
    {
        Names result;
        for (const ColumnPreview& column : previewImport(write(text, "events.csv"), options).columns)
            result.push_back(column.role);
        return result;
    }
    static Names warnings(const Dataset& dataset) { return dataset.info().report.warnings; }

    const TemporaryFolder m_folder;

private:
    Path write(const std::string& text, const std::string& name)
    {
        const Path file = m_folder.path() / name;
        writeText(file, text);
        return file;
    }
};

ImportOptions kindIn(const std::string& column)
{
    ImportOptions options;
    options.kind = column;
    return options;
}

// A kind of its own for each of `count` events of one user.
std::string ownKinds(int count, const std::string& column)
{
    std::string text = "user,item,time," + column + "\n";
    for (int i = 0; i < count; ++i)
        text += "u,i," + std::to_string(1000 + i) + ",k" + std::to_string(i) + "\n";
    return text;
}

TEST_F(ImportMarks, NamesAreNumberedAsTheyAppear)
{
    const auto dataset = import("who,what,page,did,when\n"
                                "b,x,search,like,30\n"
                                "a,y,,view,20\n"
                                "b,x,feed,view,10\n"
                                "a,x,gone,never,soon\n" // dropped, and its names with it
                                "a,z,feed,  ,40\n",
        [] {
            ImportOptions options;
            options.user = "who", options.item = "what", options.time = "when";
            options.surface = "page", options.kind = "4";
            return options;
        }());
    EXPECT_EQ(dataset->info().surfaces, (Names{"search", "feed"}));
    EXPECT_EQ(dataset->info().kinds, (Names{"like", "view"}));
    // By user and time: b at 10 and 30, a at 20 and 40.
    EXPECT_EQ(toVector(dataset->interactions().surfaces), (Numbers{1, 0, none, 1}));
    EXPECT_EQ(toVector(dataset->interactions().kinds), (Numbers{1, 0, 1, none}));
    EXPECT_EQ(warnings(*dataset),
        (Names{"1 of 4 rows have no surface (column 'page' is empty); they were kept",
            "1 of 4 rows have no kind (column 'did' is empty); they were kept"}));
}

TEST_F(ImportMarks, UsualNamesAreRecognisedInAHeader)
{
    EXPECT_EQ(roles("user,item,time,Event_Type,surface\nu,i,5,view,feed\n"),
        (Names{"user", "item", "time", "kind", "surface"}));
    EXPECT_EQ(roles("user,item,time,channel,page\nu,i,5,radio,feed\n"), (Names{"user", "item", "time", "", ""}));
    EXPECT_EQ(roles("user,item,time,action\nu,i,5,view\n", kindIn("none")), (Names{"user", "item", "time", ""}));
    EXPECT_EQ(
        roles("user,item,time,action,how\nu,i,5,view,x\n", kindIn("how")), (Names{"user", "item", "time", "", "kind"}));
    EXPECT_EQ(markOfColumn("kind:token"), "kind");
    EXPECT_EQ(markOfColumn("user_id"), "");
}

// "Action" is the name of a column and of a genre.
TEST_F(ImportMarks, TheirNamesMakeNoLineAHeader)
{
    const auto dataset = import("7,21,Action\n7,22,Drama\n8,21,Event\n");
    EXPECT_EQ(dataset->info().interactions, 3);
    EXPECT_TRUE(dataset->info().kinds.empty());
    ImportOptions options = kindIn("3");
    options.surface = "none";
    EXPECT_EQ(
        import("7,21,Action\n7,22,Drama\n8,21,Event\n", options)->info().kinds, (Names{"Action", "Drama", "Event"}));
}

TEST_F(ImportMarks, ColumnsOfIntegersAreNamesToo)
{
    std::string text = "user,item,rating,time,is_organic\n";
    Numbers expected;
    for (int i = 0; i < 3000; ++i) { // several batches of the fast path, if it took them
        text += "1," + std::to_string(i % 7) + ",4," + std::to_string(1000 + i) + "," + std::to_string(i % 3 == 0)
            + "\n";
        expected.push_back(i % 3 == 0 ? 0 : 1);
    }
    const auto dataset = import(text);
    EXPECT_EQ(dataset->info().surfaces, (Names{"1", "0"}));
    EXPECT_EQ(toVector(dataset->interactions().surfaces), expected);
    EXPECT_EQ(toVector(dataset->interactions().feedback), std::vector<float>(3000, 4.0f));
    ImportOptions without;
    without.surface = "none";
    EXPECT_EQ(toVector(import(text, without)->interactions().items), toVector(dataset->interactions().items));
}

TEST_F(ImportMarks, QuotedForeignAndOddNamesStayWhatTheyAre)
{
    ImportOptions options;
    options.encoding = "utf-8";
    const auto dataset = import("user,item,time,kind\n"
                                "u,i,1,\"add, to \"\"cart\"\"\"\n"
                                "u,i,2,\"two\nlines\"\n"
                                "u,i,3, view \n"
                                "u,i,4,view\n"
                                "u,i,5,VIEW\n"
                                "u,i,6,g\xc3\xb6nnen\n"
                                "u,i,7,g\xf6nnen\n", // a line of Latin-1
        options);
    EXPECT_EQ(dataset->info().kinds, (Names{"add, to \"cart\"", "two\nlines", "view", "VIEW", "g\xc3\xb6nnen"}));
    EXPECT_EQ(toVector(dataset->interactions().kinds), (Numbers{0, 1, 2, 2, 3, 4, 4}));
}

TEST_F(ImportMarks, AColumnWithoutAnyNameGivesNone)
{
    const auto dataset = import("user,item,time,surface\nu,i,1,\nu,j,2, \n");
    EXPECT_TRUE(dataset->info().surfaces.empty());
    EXPECT_TRUE(dataset->interactions().surfaces.empty());
    EXPECT_EQ(warnings(*dataset),
        Names{"2 of 2 rows have no surface (column 'surface' is empty); they were kept, and no event has one"});
}

TEST_F(ImportMarks, ADatasetHolds255Names)
{
    const auto dataset = import(ownKinds(255, "did"), kindIn("did"));
    EXPECT_EQ(dataset->info().kinds.size(), 255u);
    EXPECT_EQ(dataset->interactions().kinds.back(), 254);
    refuse(ownKinds(256, "did"), kindIn("did"),
        "'events.csv', line 257: column 'did' holds more than 255 different names of a kind");
}

// What nobody asked for must not make a file unreadable.
TEST_F(ImportMarks, ARecognisedColumnOfTooManyNamesIsLeftOut)
{
    const auto dataset = import(ownKinds(300, "action"));
    EXPECT_EQ(dataset->info().interactions, 300);
    EXPECT_TRUE(dataset->info().kinds.empty());
    EXPECT_TRUE(dataset->interactions().kinds.empty());
    ASSERT_EQ(warnings(*dataset).size(), 1u);
    EXPECT_EQ(warnings(*dataset)[0],
        "column 'action' was taken for the kind of events by its name and holds more than 255 different names of a "
        "kind (line 257): it was not read");
}

TEST_F(ImportMarks, TextsAreNoNames)
{
    const std::string text = "user,item,time,said\nu,i,1,fine\nu,i,2," + std::string(201, 'x') + "\n";
    refuse(text, kindIn("said"), "line 3: column 'said' holds a text of 201 bytes; at most 200");
    refuse(text, kindIn("sad"), "line 1: no column 'sad' for the kind; the columns are: user, item, time, said");
    refuse("user,item,did,did\nu,i,a,b\n", kindIn("did"), "column 'did' is there twice");
}

// All rows are kept; what counts twice is for the protocol to say.
TEST_F(ImportMarks, EventsOfOneMomentKeepTheirKinds)
{
    const auto dataset = import("user,item,time,event\nu,i,100,view\nu,i,100,like\nu,j,200,view\nu,i,300,buy\n");
    EXPECT_EQ(toVector(dataset->interactions().kinds), (Numbers{0, 1, 0, 2}));
    Protocol protocol;
    protocol.set("filter", "none");
    Progress progress;
    const auto kindsOf = [&](const char* duplicates) {
        protocol.set("duplicates", duplicates);
        const auto data = prepare(dataset, protocol, progress);
        Numbers kinds;
        for (const EventMark& mark : data->sequences().marks)
            kinds.push_back(mark.kind);
        return kinds;
    };
    EXPECT_EQ(kindsOf("keep"), (Numbers{0, 1, 0, 2}));
    EXPECT_EQ(kindsOf("exact"), (Numbers{0, 0, 2})) << "the first of the moment stays";
}

TEST_F(ImportMarks, RecBoleColumnsHaveThemToo)
{
    const auto dataset
        = import("user_id:token\titem_id:token\ttimestamp:float\taction:token\nu\ti\t5\tview\n", {}, "events.inter");
    EXPECT_EQ(dataset->info().format, "recbole");
    EXPECT_EQ(dataset->info().kinds, Names{"view"});
}

} // namespace
} // namespace recoscope
