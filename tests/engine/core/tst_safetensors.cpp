// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cmath>
#include <cstring>

#include "engine/core/random.h"
#include "engine/core/safetensors.h"
#include "tests/engine/core/folder_test.h"

using namespace recoscope;
using namespace recoscope::test;

class Safetensors : public FolderTest {
protected:
    Path file() const { return m_folder / "a.safetensors"; }
    void write(const std::string& header, const std::string& body)
    {
        const std::uint64_t length = header.size();
        std::string bytes(sizeof length, '\0');
        std::memcpy(bytes.data(), &length, sizeof length);
        writePlain(file(), bytes + header + body);
    }
    void expectRefused(const std::string& why)
    {
        const Error error = errorOf([&] { SafetensorsFile tensors(file()); });
        EXPECT_EQ(error.kind(), ErrorKind::Input) << why;
        EXPECT_NE(error.message().find(file().string()), std::string::npos) << error.message();
    }
};

template <class T> static TensorView viewOf(TensorType type, const std::vector<T>& values)
{
    return {type, {static_cast<std::int64_t>(values.size())}, std::as_bytes(std::span(values))};
}

TEST_F(Safetensors, TensorsAndMetadataComeBack)
{
    const std::vector<float> floats = {1.5f, -2.0f, 0.0f, 3.0f, 4.0f, 5.0f};
    const std::vector<std::int64_t> longs = {-1, std::int64_t(1) << 40};
    const std::vector<std::uint8_t> bytes = {7};
    TensorView matrix = viewOf(TensorType::F32, floats);
    matrix.shape = {2, 3};
    writeSafetensors(file(),
        {{"b.weight", matrix}, {"a", viewOf(TensorType::U8, bytes)}, {"c", viewOf(TensorType::I64, longs)},
            {"none", TensorView{TensorType::F32, {0, 4}, {}}}},
        {{"format", "1"}});
    const SafetensorsFile read(file());
    EXPECT_EQ(read.tensors().size(), 4u);
    EXPECT_EQ(read.at("b.weight").shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(read.at("b.weight").toFloat(), floats);
    EXPECT_EQ(read.at("c").toInt64(), longs);
    EXPECT_EQ(read.at("a").toInt64(), std::vector<std::int64_t>{7});
    EXPECT_TRUE(read.at("none").toFloat().empty());
    EXPECT_EQ(read.metadata().at("format"), "1");
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read.at("c").data.data()) % 8, 0u) << "wide tensors lie aligned";
    EXPECT_EQ(kindOf([&] { read.at("d"); }), ErrorKind::Input);
    EXPECT_EQ(kindOf([&] { read.at("c").toFloat(); }), ErrorKind::Input);
    EXPECT_EQ(kindOf([&] { read.at("b.weight").toInt64(); }), ErrorKind::Input);
}

TEST_F(Safetensors, HalfPrecisionIsExact)
{
    // 1, -2, 65504 (largest), 2^-24 (smallest), 2^-14 (smallest normal), infinity, -0.
    const std::vector<std::uint16_t> halves = {0x3C00, 0xC000, 0x7BFF, 0x0001, 0x0400, 0x7C00, 0x8000};
    const std::vector<float> values = viewOf(TensorType::F16, halves).toFloat();
    EXPECT_EQ(values, (std::vector<float>{1, -2, 65504, 0x1p-24f, 0x1p-14f, INFINITY, -0.0f}));
    EXPECT_TRUE(std::signbit(values[6]));
    const std::vector<std::uint16_t> nan = {0x7E00};
    EXPECT_TRUE(std::isnan(viewOf(TensorType::F16, nan).toFloat()[0]));
    const std::vector<std::uint16_t> brains = {0x3F80, 0xC040};
    EXPECT_EQ(viewOf(TensorType::BF16, brains).toDouble(), (std::vector<double>{1, -3}));
}

TEST_F(Safetensors, HostileHeadersAreRefused)
{
    const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return "\"t\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    };
    const std::string good = entry("F32", "[4]", "[0,16]");
    const std::string cases[] = {
        "{" + entry("F32", "[4]", "[0,20]") + "}", // past the end
        "{" + entry("F32", "[4]", "[4,20]") + "}",
        "{" + entry("F32", "[5]", "[0,16]") + "}",
        "{" + entry("F32", "[4]", "[16,0]") + "}",
        "{" + entry("F32", "[4]", "[-16,0]") + "}",
        "{" + entry("F32", "[4]", "[0,16,16]") + "}",
        "{" + entry("F32", "[4]", "[0,18446744073709551615]") + "}",
        "{" + entry("F32", "[4611686018427387904,4]", "[0,16]") + "}",
        "{" + entry("F32", "[4.0]", "[0,16]") + "}",
        "{" + entry("F32", "[\"4\"]", "[0,16]") + "}",
        "{" + entry("F32", "4", "[0,16]") + "}",
        "{" + entry("F99", "[4]", "[0,16]") + "}",
        "{" + good + ",\"u\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", // the same bytes twice
        "{" + entry("F32", "[2]", "[0,8]") + "}", // bytes that nobody owns
        "{\"t\":{\"shape\":[4],\"data_offsets\":[0,16]}}",
        "{\"t\":[]}",
        "{" + good + ",\"__metadata__\":{\"a\":1}}",
        "{" + good + ",\"__metadata__\":3}",
        "[]",
        "{",
        "",
        std::string(100'000, '['),
    };
    write("{" + good + "}", std::string(16, '\0'));
    EXPECT_NO_THROW(SafetensorsFile tensors(file()));
    for (const std::string& header : cases) {
        write(header, std::string(16, '\0'));
        expectRefused(header.substr(0, 200));
    }
}

TEST_F(Safetensors, WhatTorchSavesIsToldFromDamage)
{
    for (const std::string& begin : {std::string("PK\3\4\0\0\10\10", 8), std::string("\x80\2\x8a\nl\xfc\x9c\x46", 8)}) {
        writePlain(file(), begin + std::string(100, 'x'));
        const Error error = errorOf([&] { SafetensorsFile tensors(file()); });
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_NE(error.message().find("torch.save"), std::string::npos) << error.message();
        EXPECT_NE(error.hint().find("docs/models.md"), std::string::npos) << error.hint();
    }
}

TEST_F(Safetensors, EveryCutIsRefused)
{
    const std::vector<float> values = {1, 2, 3};
    writeSafetensors(file(), {{"a", viewOf(TensorType::F32, values)}});
    const std::string whole = readFile(file());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        writePlain(file(), std::string_view(whole).substr(0, size));
        expectRefused("cut at " + std::to_string(size));
    }
    std::string huge = whole;
    std::memset(huge.data(), 0xff, 8);
    writePlain(file(), huge);
    expectRefused("header of 2^64 - 1 bytes");
}

TEST_F(Safetensors, FlippedHeaderBytesNeverCrash)
{
    const std::vector<float> values = {1, 2, 3};
    writeSafetensors(file(), {{"a", viewOf(TensorType::F32, values)}, {"b", viewOf(TensorType::F32, values)}});
    const std::string whole = readFile(file());
    RandomStream random(2, "flip");
    for (int i = 0; i < 500; ++i) {
        std::string bytes = whole;
        bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        writePlain(file(), bytes);
        try {
            const SafetensorsFile tensors(file());
            for (const auto& [name, tensor] : tensors.tensors())
                EXPECT_LE(tensor.data.size(), 24u);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Input);
        }
    }
}
