// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cstdlib>
#include <cstring>

#include "engine/core/npy.h"
#include "engine/core/random.h"
#include "tests/engine/core/folder_test.h"

using namespace recoscope;
using namespace recoscope::test;

class Npy : public FolderTest {
protected:
    Path file() const { return m_folder / "a.npy"; }
    // A file of version 1.0 (or `major`) with this header text and body.
    void write(const std::string& header, const std::string& body, int major = 1)
    {
        std::string bytes("\x93NUMPY", 6);
        bytes += static_cast<char>(major);
        bytes += '\0';
        const std::uint32_t length = static_cast<std::uint32_t>(header.size());
        for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
            bytes += static_cast<char>((length >> (8 * i)) & 0xff);
        writePlain(file(), bytes + header + body);
    }
    void expectRefused(const std::string& why)
    {
        const Error error = errorOf([&] { NpyArray array(file()); });
        EXPECT_EQ(error.kind(), ErrorKind::Input) << why;
        EXPECT_NE(error.message().find(file().string()), std::string::npos) << error.message();
    }
};

template <class T> static void roundTrip(const Path& file)
{
    const std::vector<T> values = {T(0), T(1), T(2), T(100), T(7), T(5)};
    writeNpy<T>(file, values, {2, 3});
    const NpyArray array(file);
    EXPECT_EQ(array.descr(), npyDescr<T>());
    EXPECT_EQ(array.shape(), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(array.size(), 6);
    const auto read = array.values<T>();
    EXPECT_EQ(std::vector<T>(read.begin(), read.end()), values);
}

TEST_F(Npy, EveryTypeComesBack)
{
    roundTrip<float>(file());
    roundTrip<double>(file());
    roundTrip<std::int8_t>(file());
    roundTrip<std::int16_t>(file());
    roundTrip<std::int32_t>(file());
    roundTrip<std::int64_t>(file());
    roundTrip<std::uint8_t>(file());
    roundTrip<std::uint16_t>(file());
    roundTrip<std::uint32_t>(file());
    roundTrip<std::uint64_t>(file());
}

TEST_F(Npy, BytesAreThoseOfNumpy)
{
    // numpy.save of numpy.array([1, 2], dtype='<i4').
    const std::vector<std::int32_t> values = {1, 2};
    writeNpy<std::int32_t>(file(), values);
    std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
    expected += "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }";
    expected.resize(127, ' ');
    expected += '\n';
    expected += std::string("\x01\0\0\0\x02\0\0\0", 8);
    EXPECT_EQ(readFile(file()), expected);
}

TEST_F(Npy, EmptyAndScalarShapesAreRead)
{
    write("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }       ", "");
    EXPECT_EQ(NpyArray(file()).size(), 0);
    write("{'descr': '<f4', 'fortran_order': True, 'shape': (), }            ", std::string(4, '\0'));
    EXPECT_EQ(NpyArray(file()).size(), 1);
}

TEST_F(Npy, Version2AndOtherSpacingAreRead)
{
    const std::string header = "{\"shape\":(2,),\"descr\":\"<i2\",\"fortran_order\":False}";
    write(header + std::string(64 - (12 + header.size()) % 64, '\n'), std::string("\x05\0\x06\0", 4), 2);
    EXPECT_EQ(NpyArray(file()).values<std::int16_t>()[1], 6);
}

TEST_F(Npy, AnotherTypeIsTold)
{
    const std::vector<float> values = {1};
    writeNpy<float>(file(), values);
    EXPECT_EQ(kindOf([&] { NpyArray(file()).values<double>(); }), ErrorKind::Input);
}

TEST_F(Npy, HostileHeadersAreRefused)
{
    const auto header = [](const std::string& descr, const std::string& fortran, const std::string& shape) {
        return "{'descr': " + descr + ", 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
    };
    const std::string body(64, '\0');
    const std::string cases[] = {
        header("'<f4'", "False", "(17,)"), // more than there is
        header("'<f4'", "False", "(15,)"), // less than there is
        header("'<f8'", "False", "(4611686018427387904,)"), // times 8 is 2^65
        header("'<f4'", "False", "(4294967296, 4294967296)"),
        header("'<f4'", "False", "(9223372036854775808,)"), // over int64
        header("'<f4'", "False", "(-16,)"),
        header("'<f4'", "False", "(16"),
        header("'<f4'", "False", "16"),
        header("'<f4'", "True", "(4, 4)"),
        header("'>f4'", "False", "(16,)"),
        header("'|O'", "False", "(8,)"),
        header("'<U4'", "False", "(4,)"),
        header("[('a', '<f4')]", "False", "(16,)"),
        header("'<f4'", "Maybe", "(16,)"),
        "{'descr': '<f4', 'shape': (16,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (16,), 'more': 1}",
        "{'descr': '<f4",
        "",
        "{",
        std::string(300, '('),
        header("'<f4'", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,16)"),
    };
    for (const std::string& text : cases) {
        write(text, body);
        expectRefused(text);
    }
}

TEST_F(Npy, MisalignedDataIsRefused)
{
    write("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", std::string(8, '\0'));
    expectRefused("misaligned");
}

TEST_F(Npy, EveryCutIsRefused)
{
    const std::vector<std::int64_t> values = {1, 2, 3};
    writeNpy<std::int64_t>(file(), values);
    const std::string whole = readFile(file());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        writePlain(file(), std::string_view(whole).substr(0, size));
        expectRefused("cut at " + std::to_string(size));
    }
    writePlain(file(), whole + "x");
    expectRefused("one byte more");
}

TEST_F(Npy, FlippedHeaderBytesNeverCrash)
{
    const std::vector<std::int32_t> values = {1, 2, 3, 4};
    writeNpy<std::int32_t>(file(), values);
    const std::string whole = readFile(file());
    RandomStream random(1, "flip");
    for (int i = 0; i < 500; ++i) {
        std::string bytes = whole;
        for (int flips = 0; flips < 3; ++flips)
            bytes[random.below(128)] = static_cast<char>(random.below(256));
        writePlain(file(), bytes);
        try {
            const NpyArray array(file());
            EXPECT_LE(array.size(), 16);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Input);
        }
    }
}

TEST_F(Npy, NpzIsAStoredZipOfArrays)
{
    const std::vector<float> values = {1.5f, 2.5f};
    const auto bytes = std::as_bytes(std::span(values));
    const NamedArray arrays[] = {{"weights", "<f4", {2}, {bytes.begin(), bytes.end()}}, {"empty", "<i4", {0}, {}}};
    const Path zip = m_folder / "a.npz";
    writeNpz(zip, arrays);
    const std::string content = readFile(zip);
    // Local header, name, then exactly the bytes of the .npy file; end record with two members.
    EXPECT_EQ(content.substr(0, 4), "PK\x03\x04");
    EXPECT_EQ(content.substr(30, 11), "weights.npy");
    writeNpy<float>(file(), values);
    EXPECT_EQ(content.substr(41, readFile(file()).size()), readFile(file()));
    const std::string end = content.substr(content.size() - 22);
    EXPECT_EQ(end.substr(0, 4), "PK\x05\x06");
    EXPECT_EQ(end[10], 2);
    // CRC-32 of the first member, found independently with the bitwise definition.
    std::uint32_t crc = 0xFFFFFFFFu;
    for (const char c : readFile(file())) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0u);
    }
    std::uint32_t stored = 0;
    std::memcpy(&stored, content.data() + 14, 4);
    EXPECT_EQ(stored, ~crc);
}
