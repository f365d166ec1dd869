// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Runs of models that read the catalogue's words: what is refused before anything is written, and that a run keeps the
// words it was trained on.

#include "engine/core/sqlite.h"
#include "tests/engine/workspace/workspace_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

class TextRuns : public WorkspaceTest {
protected:
    void SetUp() override
    {
        WorkspaceTest::SetUp();
        open();
        generate();
    }
    void changeTitles(const std::string& sql)
    {
        close();
        Database catalogue(folder() / "datasets/small/catalogue.sqlite", Database::Mode::ReadWrite);
        catalogue.execute(sql);
    }
    RunId createSrt() { return create("srt", {{"epochs", 1}, {"hidden", 8}, {"piece_width", 8}}); }
};

TEST_F(TextRuns, ACatalogueWithoutTitlesIsRefusedAndNothingIsWritten)
{
    changeTitles("UPDATE items SET title = NULL");
    open();
    workspace().store().flush();
    const auto before = tree();
    const Error error = errorOf([&] { createSrt(); });
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_NE(error.message().find("small"), std::string::npos);
    EXPECT_NE(error.message().find("title"), std::string::npos);
    EXPECT_TRUE(workspace().store().runs().empty());
    EXPECT_EQ(tree(), before);
}

TEST_F(TextRuns, ARunKeepsTheWordsItWasTrainedOn)
{
    const RunRecord run = execute(createSrt());
    EXPECT_EQ(run.status, RunStatus::Finished);
    const auto scores = [&] {
        const auto session = workspace().openSession(run.id, m_progress);
        const PackedSequences history = session->historyOf(0, 3);
        std::vector<float> values;
        for (const Recommendation& r : session->recommend(history.view(), 20))
            values.push_back(r.score);
        return values;
    };
    const std::vector<float> before = scores();
    changeTitles("UPDATE items SET title = 'Something else ' || idx");
    open();
    EXPECT_EQ(scores(), before);
}
