// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/clock.h"
#include "engine/core/hash.h"
#include "engine/core/schema.h"
#include "tests/engine/core/folder_test.h"

using namespace recoscope;
using namespace recoscope::test;

using JsonFiles = FolderTest;

TEST_F(JsonFiles, ErrorsNameFileLineAndColumn)
{
    const Path file = m_folder / "a.json";
    writeFileAtomically(file, "{\n  \"a\": 1,\n  \"b\": x\n}\n");
    const Error error = errorOf([&] { readJson(file); });
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_EQ(error.message().find(file.string() + ": line 3, column 8: "), 0u) << error.message();
    EXPECT_EQ(kindOf([&] { readJson(m_folder / "no.json"); }), ErrorKind::NotFound);
    const Error end = errorOf([] { parseJson("{\"a\":", "protocol"); });
    EXPECT_EQ(end.message().find("protocol: line 1, column "), 0u) << end.message();
}

TEST_F(JsonFiles, OddTextsAreRefused)
{
    for (const std::string& text : {std::string(""), std::string("nul"), std::string("1e999"), std::string("\"\xff\""),
             std::string("[1,]"), std::string("{\"a\":1}x"), std::string(1'000'000, '[')})
        EXPECT_EQ(kindOf([&] { parseJson(text, "text"); }), ErrorKind::Input) << text.substr(0, 20);
}

TEST_F(JsonFiles, WritingIsCanonical)
{
    const Path file = m_folder / "a.json";
    writeJson(file, {{"b", 1}, {"a", {1, 2}}});
    EXPECT_EQ(readFile(file), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": 1\n}\n");
    EXPECT_EQ(readJson(file).at("b"), 1);
}

TEST(Hash, IsSha256)
{
    // FIPS 180-4, examples of NIST.
    EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    Sha256 parts;
    parts.update("a", 1);
    parts.update("bc", 2);
    EXPECT_EQ(parts.finish(), sha256Hex("abc"));
}

TEST(Clock, WritesIsoTimes)
{
    EXPECT_EQ(isoUtc(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(isoUtc(951782400), "2000-02-29T00:00:00Z");
    EXPECT_EQ(isoUtc(-1), "1969-12-31T23:59:59Z");
}

static Parameter parameter(const std::string& name, ParameterType type, const Json& value)
{
    Parameter result;
    result.name = name;
    result.label = name;
    result.type = type;
    result.defaultValue = value;
    return result;
}

static ParameterSchema schema()
{
    Parameter dimension = parameter("dimension", ParameterType::Integer, 64);
    dimension.minimum = 1;
    dimension.maximum = 1024;
    Parameter rate = parameter("learning_rate", ParameterType::Real, 1e-3);
    rate.minimum = 0;
    Parameter loss = parameter("loss", ParameterType::Choice, "ce");
    loss.choices = {"ce", "bce"};
    return ParameterSchema({dimension, rate, parameter("count_again", ParameterType::Boolean, false), loss,
        parameter("note", ParameterType::Text, "")});
}

TEST(Schema, FillsDefaultsAndMakesValuesCanonical)
{
    const Json values = schema().validate({{"dimension", 32.0}, {"learning_rate", 1}, {"loss", "bce"}});
    EXPECT_EQ(values.dump(), R"({"count_again":false,"dimension":32,"learning_rate":1.0,"loss":"bce","note":""})");
    EXPECT_EQ(schema().validate(nullptr).at("dimension"), 64);
}

TEST(Schema, RefusesWhatDoesNotFit)
{
    const Json cases[] = {{{"dimension", 0}}, {{"dimension", 1025}}, {{"dimension", 1.5}}, {{"dimension", "32"}},
        {{"dimension", true}}, {{"dimension", 18446744073709551615ull}}, {{"dimension", nullptr}},
        {{"learning_rate", -0.1}}, {{"learning_rate", std::numeric_limits<double>::quiet_NaN()}},
        {{"learning_rate", std::numeric_limits<double>::infinity()}}, {{"count_again", 1}}, {{"loss", "mse"}},
        {{"loss", 3}}, {{"note", 3}}, Json::array()};
    for (const Json& values : cases)
        EXPECT_EQ(kindOf([&] { schema().validate(values); }), ErrorKind::Usage) << values;
    const Error range = errorOf([] { schema().validate({{"dimension", 0}}); });
    EXPECT_NE(range.message().find("'dimension'"), std::string::npos);
    EXPECT_NE(range.hint().find("an integer from 1 to 1024"), std::string::npos) << range.hint();
    const Error none = errorOf([] {
        schema().validate({{"learning_rate", -std::numeric_limits<double>::infinity()}});
    });
    EXPECT_NE(none.message().find("cannot be -inf"), std::string::npos) << none.message();
    const Error unknown = errorOf([] { schema().validate({{"learning_rat", 1}}); });
    EXPECT_EQ(unknown.hint().find("did you mean learning_rate"), 0u) << unknown.hint();
}

TEST(Schema, ParsesAssignmentsByType)
{
    const ParameterSchema parameters = schema();
    EXPECT_EQ(parameters.parseAssignment("dimension", "128"), 128);
    EXPECT_EQ(parameters.parseAssignment("dimension", "1e2").dump(), "100");
    EXPECT_EQ(parameters.parseAssignment("learning_rate", "3e-4"), 3e-4);
    EXPECT_EQ(parameters.parseAssignment("count_again", "Yes"), true);
    EXPECT_EQ(parameters.parseAssignment("count_again", "0"), false);
    EXPECT_EQ(parameters.parseAssignment("loss", "bce"), "bce");
    EXPECT_EQ(parameters.parseAssignment("note", "5"), "5");
    for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{{"dimension", "12x"},
             {"dimension", ""}, {"dimension", "99999999999999999999"}, {"learning_rate", "nan"}, {"loss", "x"},
             {"count_again", "maybe"}, {"none", "1"}})
        EXPECT_EQ(kindOf([&] { parameters.parseAssignment(name, text); }), ErrorKind::Usage) << name << "=" << text;
}

// "loss" decides about "margin", both about "deep".
TEST(Schema, KnowsWhatMattersBesideOtherValues)
{
    Parameter margin = parameter("margin", ParameterType::Real, 0.5), deep = parameter("deep", ParameterType::Text, "");
    margin.onlyWith["loss"] = {"bce"};
    deep.onlyWith["loss"] = {"bce", "ce"};
    deep.onlyWith["count_again"] = {true};
    const ParameterSchema all = schema() + ParameterSchema({margin, deep});
    EXPECT_FALSE(all.matters(margin, Json::object())) << "the loss is ce by default";
    EXPECT_TRUE(all.matters(margin, {{"loss", "bce"}}));
    EXPECT_FALSE(all.matters(deep, {{"loss", "bce"}}));
    EXPECT_TRUE(all.matters(deep, {{"count_again", true}}));
    EXPECT_TRUE(all.matters(*all.find("dimension"), {{"loss", "bce"}}));
    EXPECT_TRUE(ParameterSchema({margin}).matters(margin, Json::object())) << "nothing here decides about it";
    EXPECT_EQ(all.validate({{"margin", 0.1}}).at("margin"), 0.1) << "it may be set all the same";
    EXPECT_EQ(onlyWithText(deep), "count_again=true, loss=bce or ce");
    EXPECT_EQ(all.describe()[5].at("only_with"), (Json{{"loss", {"bce"}}}));
    EXPECT_FALSE(all.describe()[0].contains("only_with"));
}

TEST(Schema, WritesRangesAsPeopleDo)
{
    Parameter p = parameter("epochs", ParameterType::Integer, 200);
    EXPECT_EQ(rangeText(p), "");
    p.minimum = 1;
    EXPECT_EQ(rangeText(p), "1 to …");
    p.maximum = 100000;
    EXPECT_EQ(rangeText(p), "1 to 100000");
    p.type = ParameterType::Real;
    p.minimum = 1e-5;
    p.maximum = 0.95;
    EXPECT_EQ(rangeText(p), "1e-05 to 0.95");
    EXPECT_EQ(rangeText(*schema().find("loss")), "ce | bce");
}

TEST(Schema, SumsKeepTheLeftSideOfASharedName)
{
    const Parameter own = parameter("learning_rate", ParameterType::Real, 0.5);
    const ParameterSchema both = ParameterSchema({own}) + schema();
    EXPECT_EQ(both.parameters().size(), 5u);
    EXPECT_EQ(both.validate(nullptr).at("learning_rate"), 0.5);
    const Json described = both.describe();
    EXPECT_EQ(described.at(0).at("type"), "real");
    EXPECT_EQ(described.at(1).at("maximum"), 1024.0);
}

TEST(NearestNames, ComeInOrderOfDistance)
{
    EXPECT_EQ(nearestNames("sasrek", {"gru4rec", "lrurec", "SASRec", "markov"}, 2),
        (std::vector<std::string>{"SASRec", "lrurec"}));
    EXPECT_TRUE(nearestNames("x", {}).empty());
}
