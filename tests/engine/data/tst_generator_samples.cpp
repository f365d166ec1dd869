// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// sample_data/ is what the generator writes, byte for byte. RECOSCOPE_WRITE_SAMPLES=FOLDER writes it anew.

#include "engine/data/generator_samples.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/data/generator.h"
#include "import_support.h"

namespace recoscope {
namespace {

const Path shipped = RECOSCOPE_SOURCE_DIR "/sample_data";

TEST(GeneratorSamples, regeneratingGivesTheCommittedBytes)
{
    Progress progress;
    if (const char* target = std::getenv("RECOSCOPE_WRITE_SAMPLES"))
        writeShippedSamples(target, progress);
    const TemporaryFolder folder;
    writeShippedSamples(folder.path(), progress);
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
        if (!entry.is_regular_file())
            continue;
        const auto name = std::filesystem::relative(entry.path(), folder.path());
        ASSERT_TRUE(std::filesystem::exists(shipped / name)) << name;
        EXPECT_EQ(sha256HexOfFile(entry.path()), sha256HexOfFile(shipped / name)) << name;
        ++files;
    }
    EXPECT_GE(files, 20);
}

TEST(GeneratorSamples, expectedJsonNamesSeedCountsAndHashes)
{
    const Json expected = readJson(shipped / "expected.json");
    ASSERT_EQ(expected.size(), shippedSamples().size());
    for (const auto& [folder, sample] : expected.items()) {
        for (const auto& [name, hash] : sample.at("sha256").items())
            EXPECT_EQ(sha256HexOfFile(shipped / folder / name), hash.get<std::string>()) << folder << "/" << name;
        EXPECT_EQ(sample.at("seed"), 7);
        EXPECT_GT(sample.at("optimum").at("hr@10"), sample.at("optimum").at("popularity").at("hr@10")) << folder;
    }
    EXPECT_EQ(expected.at("tour").at("users"), 400);
    EXPECT_EQ(expected.at("tour").at("items"), 300);
}

TEST(GeneratorSamples, anUnknownLayoutNamesTheKnownOnes)
{
    try {
        exportSample(Json::object(), 1, "parquet");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NotFound);
        EXPECT_NE(error.hint().find("recbole"), std::string::npos);
    }
}

} // namespace
} // namespace recoscope
