// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// write_parquet TEXT FILE GROUP_ROWS: writes a Parquet file whose columns a text names, for the tests of the reader.
//   column NAME [list] u8|u16|u32|u64|i64|bool|double|text
// and below it a line a row: a word, "-" for a null, "''" for an empty text; for lists words with spaces between, "[]"
// for an empty list and "null" for none. "* N WORD" stands for N lines.

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace {

void check(const arrow::Status& status)
{
    if (!status.ok())
        throw std::runtime_error(status.ToString());
}

std::shared_ptr<arrow::DataType> typeNamed(const std::string& name)
{
    const std::map<std::string, std::shared_ptr<arrow::DataType>> types
        = {{"u8", arrow::uint8()}, {"u16", arrow::uint16()}, {"u32", arrow::uint32()}, {"u64", arrow::uint64()},
            {"i64", arrow::int64()}, {"bool", arrow::boolean()}, {"double", arrow::float64()}, {"text", arrow::utf8()}};
    return types.at(name);
}

template <class Builder> void appendAs(arrow::ArrayBuilder& builder, long long value)
{
    check(static_cast<Builder&>(builder).Append(static_cast<typename Builder::value_type>(value)));
}

void appendWord(arrow::ArrayBuilder& builder, const std::string& word)
{
    if (word == "-")
        return check(builder.AppendNull());
    switch (builder.type()->id()) {
    case arrow::Type::STRING:
        return check(static_cast<arrow::StringBuilder&>(builder).Append(word == "''" ? "" : word));
    case arrow::Type::UINT8: return appendAs<arrow::UInt8Builder>(builder, std::stoll(word));
    case arrow::Type::UINT16: return appendAs<arrow::UInt16Builder>(builder, std::stoll(word));
    case arrow::Type::UINT32: return appendAs<arrow::UInt32Builder>(builder, std::stoll(word));
    case arrow::Type::UINT64: return appendAs<arrow::UInt64Builder>(builder, std::stoll(word));
    case arrow::Type::INT64: return appendAs<arrow::Int64Builder>(builder, std::stoll(word));
    case arrow::Type::BOOL: return appendAs<arrow::BooleanBuilder>(builder, std::stoll(word));
    default: return appendAs<arrow::DoubleBuilder>(builder, std::stoll(word));
    }
}

void appendRow(arrow::ArrayBuilder& builder, const std::string& line)
{
    if (builder.type()->id() != arrow::Type::LIST)
        return appendWord(builder, line);
    if (line == "null")
        return check(builder.AppendNull());
    auto& list = static_cast<arrow::ListBuilder&>(builder);
    check(list.Append());
    std::istringstream words(line == "[]" ? "" : line);
    for (std::string word; words >> word;)
        appendWord(*list.value_builder(), word);
}

void appendLine(arrow::ArrayBuilder& builder, const std::string& line)
{
    long long times = 1;
    std::string word = line;
    if (line.starts_with("* "))
        std::istringstream(line.substr(2)) >> times >> word;
    for (long long i = 0; i < times; ++i)
        appendRow(builder, word);
}

std::shared_ptr<arrow::Table> readTable(std::istream& text)
{
    arrow::FieldVector fields;
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
    for (std::string line; std::getline(text, line);) {
        if (!line.starts_with("column ")) {
            appendLine(*builders.back(), line);
            continue;
        }
        std::istringstream words(line.substr(7));
        std::string name, type;
        words >> name >> type;
        const bool list = type == "list";
        if (list)
            words >> type;
        fields.push_back(arrow::field(name, list ? arrow::list(typeNamed(type)) : typeNamed(type)));
        builders.push_back(arrow::MakeBuilder(fields.back()->type()).ValueOrDie());
    }
    arrow::ArrayVector arrays;
    for (const auto& builder : builders)
        arrays.push_back(builder->Finish().ValueOrDie());
    return arrow::Table::Make(arrow::schema(fields), arrays);
}

} // namespace

int main(int count, char** words)
{
    try {
        if (count != 4)
            throw std::runtime_error("write_parquet TEXT FILE GROUP_ROWS");
        std::ifstream text(words[1]);
        const auto out = arrow::io::FileOutputStream::Open(words[2]).ValueOrDie();
        check(parquet::arrow::WriteTable(*readTable(text), arrow::default_memory_pool(), out, std::stoll(words[3])));
        check(out->Close());
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
