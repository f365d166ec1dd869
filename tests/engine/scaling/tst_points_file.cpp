// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Tables of points: columns by name, quotes, and lines that are wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/scaling/points_file.h"

namespace recoscope {
namespace {

using testing::HasSubstr;

class PointsFile : public testing::Test {
protected:
    void SetUp() override
    {
        m_file = Path(testing::TempDir())
            / (std::string("points_") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
    }
    void TearDown() override { std::filesystem::remove(m_file); }

    const Path& written(const std::string& text)
    {
        AtomicFile file(m_file);
        file.write(text);
        file.commit();
        return m_file;
    }
    void expectRefused(const std::string& text, const std::string& part, const PointColumns& columns = {})
    {
        try {
            readScalingPoints(written(text), columns);
            FAIL() << "read " << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Input);
            EXPECT_THAT(error.message(), HasSubstr(part));
            EXPECT_FALSE(error.hint().empty());
        }
    }

    Path m_file;
};

TEST_F(PointsFile, ColumnsAreFoundByTheirNames)
{
    const PointTable table = readScalingPoints(written("\xEF\xBB\xBFrun,Params,interactions,note,NDCG@10\r\n\"a, "
                                                       "b\",1e4,2000,\"x\"\"\ny\",0.25\r\n\r\nc, 3 ,4,,-5\r\n"));
    EXPECT_EQ(table.form, ScalingForm::Joint);
    EXPECT_EQ(table.columns.y, "NDCG@10");
    ASSERT_EQ(table.points.size(), 2u);
    EXPECT_EQ(table.points[0].run, "a, b");
    EXPECT_EQ(table.points[0].x, 1e4);
    EXPECT_EQ(table.points[0].t, 2000.0);
    EXPECT_EQ(table.points[0].y, 0.25);
    EXPECT_EQ(table.points[1].x, 3.0);
    EXPECT_EQ(table.points[1].y, -5.0);
}

TEST_F(PointsFile, TheColumnsDecideTheForm)
{
    EXPECT_EQ(readScalingPoints(written("n,loss\n1,2\n")).form, ScalingForm::Power);
    EXPECT_EQ(readScalingPoints(written("flops,loss\n1,2")).form, ScalingForm::Compute);
    EXPECT_EQ(readScalingPoints(written("n,t,c,loss\n1,2,3,4\n")).form, ScalingForm::Joint);
    const PointTable power = readScalingPoints(written("n,t,c,loss\n1,2,3,4\n"), {}, ScalingForm::Power);
    EXPECT_EQ(power.points[0].t, 0.0);
    EXPECT_EQ(readScalingPoints(written("n,t,c,loss\n1,2,3,4\n"), {}, ScalingForm::Compute).points[0].x, 3.0);
    const PointTable chosen = readScalingPoints(written("width,a,b\n8,1,2\n"), {.x = "width", .y = "b"});
    EXPECT_EQ(chosen.points[0].x, 8.0);
    EXPECT_EQ(chosen.points[0].y, 2.0);
}

TEST_F(PointsFile, WrongTablesAreRefusedWithTheirLine)
{
    expectRefused("", "empty");
    expectRefused("n,colour\n1,2\n", "no column for the value");
    expectRefused("colour,loss\n1,2\n", "no column for the size");
    expectRefused("n,loss\n1,2\n", "no column 'metric'", {.y = "metric"});
    expectRefused("n,ndcg@5,ndcg@10\n1,2,3\n", "several columns");
    expectRefused("n,loss\n1,2\n3,much\n", ":3: 'much' in column loss");
    expectRefused("n,loss\n1,2\n3,\n", ":3: '' in column loss");
    expectRefused("n,loss\n1,2,3\n", ":2: 3 fields");
    EXPECT_THROW(readScalingPoints(m_file.parent_path() / "no such points.csv"), Error);
}

} // namespace
} // namespace recoscope
