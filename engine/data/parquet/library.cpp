// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// librecoscope_parquet.so: Parquet files through libparquet's columns of values and levels, so that a list is read
// entry by entry and no Arrow array is ever held. Levels: a value of a column is known where its definition level is
// the highest; an entry of a list begins a row where its repetition level is 0, and is there at all where the
// definition level reaches that of the repeated node.

#include <arrow/config.h>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <parquet/api/reader.h>

#include <stdexcept>
#include <type_traits>

#include "engine/data/parquet/parquet_api.h"

namespace recoscope {

namespace {

constexpr std::int64_t blockLevels = 4096;
constexpr std::int64_t readBytes = 1 << 20; // read from the file at a time

bool isIntegerType(const parquet::ColumnDescriptor& leaf)
{
    const auto& logical = leaf.logical_type();
    const bool plain = !logical || logical->is_none() || logical->is_int();
    return leaf.physical_type() == parquet::Type::BOOLEAN
        || (plain && (leaf.physical_type() == parquet::Type::INT32 || leaf.physical_type() == parquet::Type::INT64));
}

ParquetKind kindOf(const parquet::ColumnDescriptor& leaf)
{
    const std::size_t depth = leaf.path()->ToDotVector().size();
    const bool flat = leaf.max_repetition_level() == 0 && depth == 1;
    const bool list = leaf.max_repetition_level() == 1 && depth <= 3; // name.list.element
    if (!flat && !list)
        return ParquetKind::Other; // a member of a structure, or lists in lists
    if (isIntegerType(leaf))
        return ParquetKind::Integer;
    const auto& logical = leaf.logical_type();
    const bool text = !logical || logical->is_none() || logical->is_string() || logical->is_enum();
    return leaf.physical_type() == parquet::Type::BYTE_ARRAY && text ? ParquetKind::Text : ParquetKind::Other;
}

ParquetColumn describe(const parquet::ColumnDescriptor& leaf)
{
    ParquetColumn column;
    column.name = leaf.path()->ToDotVector().front();
    column.kind = kindOf(leaf);
    column.list = leaf.max_repetition_level() > 0;
    column.type = (column.list ? "list of " : "") + parquet::TypeToString(leaf.physical_type());
    if (leaf.logical_type() && !leaf.logical_type()->is_none())
        column.type += ", " + leaf.logical_type()->ToString();
    return column;
}

// A column of the row group that was opened last, row by row.
class Leaf {
public:
    virtual ~Leaf() = default;
    virtual void open(parquet::RowGroupReader& group) = 0;
    // False when the column has fewer rows than its group.
    virtual bool take(ParquetCells& cells) = 0;
};

template <class Type> class LeafOf final : public Leaf {
public:
    LeafOf(int number, const parquet::ColumnDescriptor& leaf)
        : m_number(number)
        , m_list(leaf.max_repetition_level() > 0)
        , m_unsigned64(Type::type_num == parquet::Type::INT64 && leaf.logical_type() && leaf.logical_type()->is_int()
              && !static_cast<const parquet::IntLogicalType&>(*leaf.logical_type()).is_signed())
        , m_unsigned32(Type::type_num == parquet::Type::INT32 && leaf.logical_type() && leaf.logical_type()->is_int()
              && !static_cast<const parquet::IntLogicalType&>(*leaf.logical_type()).is_signed())
        , m_knownLevel(leaf.max_definition_level())
        , m_entryLevel(leaf.max_definition_level() - (leaf.schema_node()->is_optional() ? 1 : 0))
        , m_definitions(blockLevels)
        , m_repetitions(blockLevels)
        , m_values(std::make_unique<Value[]>(blockLevels))
    {
    }

    void open(parquet::RowGroupReader& group) override
    {
        m_reader = std::static_pointer_cast<parquet::TypedColumnReader<Type>>(group.Column(m_number));
        m_levels = m_at = 0;
    }

    bool take(ParquetCells& cells) override
    {
        if (!ready())
            return false;
        takeEntry(cells);
        while (m_list && ready() && m_repetitions[static_cast<std::size_t>(m_at)] > 0)
            takeEntry(cells);
        return true;
    }

private:
    using Value = typename Type::c_type;

    bool ready()
    {
        // A page without values gives none although more may follow.
        while (m_at == m_levels && m_reader->HasNext()) {
            std::int64_t values = 0;
            m_at = m_value = 0;
            m_levels
                = m_reader->ReadBatch(blockLevels, m_definitions.data(), m_repetitions.data(), m_values.get(), &values);
            if (m_levels == 0)
                return false;
        }
        return m_at < m_levels;
    }

    void takeEntry(ParquetCells& cells)
    {
        const int level = m_knownLevel > 0 ? m_definitions[static_cast<std::size_t>(m_at)] : 0;
        ++m_at;
        if (m_list && level < m_entryLevel)
            return; // the list is empty or null
        const bool known = level == m_knownLevel;
        cells.known.push_back(known);
        put(cells, known ? m_values[m_value++] : Value());
    }

    void put(ParquetCells& cells, const Value& value) const
    {
        if constexpr (std::is_same_v<Value, parquet::ByteArray>) {
            cells.texts.emplace_back(reinterpret_cast<const char*>(value.ptr), value.len);
        } else {
            auto number = static_cast<std::int64_t>(value);
            if (m_unsigned32)
                number = static_cast<std::uint32_t>(value);
            if (m_unsigned64 && number < 0) {
                cells.known.back() = 0;
                number = 0;
            }
            cells.numbers.push_back(number);
        }
    }

    int m_number;
    bool m_list, m_unsigned64, m_unsigned32;
    int m_knownLevel, m_entryLevel;
    std::shared_ptr<parquet::TypedColumnReader<Type>> m_reader;
    std::vector<std::int16_t> m_definitions, m_repetitions; // [blockLevels]
    std::unique_ptr<Value[]> m_values; // [blockLevels], those that are known one after another
    std::int64_t m_levels = 0, m_at = 0, m_value = 0;
};

std::unique_ptr<Leaf> makeLeaf(int number, const parquet::ColumnDescriptor& leaf)
{
    switch (leaf.physical_type()) {
    case parquet::Type::BOOLEAN: return std::make_unique<LeafOf<parquet::BooleanType>>(number, leaf);
    case parquet::Type::INT32: return std::make_unique<LeafOf<parquet::Int32Type>>(number, leaf);
    case parquet::Type::INT64: return std::make_unique<LeafOf<parquet::Int64Type>>(number, leaf);
    default: return std::make_unique<LeafOf<parquet::ByteArrayType>>(number, leaf);
    }
}

class Rows final : public ParquetRows {
public:
    Rows(parquet::ParquetFileReader& file, const std::vector<std::size_t>& columns)
        : m_file(file)
        , m_cells(columns.size())
    {
        for (const std::size_t column : columns) {
            const auto number = static_cast<int>(column);
            m_leaves.push_back(makeLeaf(number, *file.metadata()->schema()->Column(number)));
            m_names.push_back(file.metadata()->schema()->Column(number)->path()->ToDotString());
        }
    }

    bool next() override
    {
        while (m_left == 0) {
            if (m_group == m_file.metadata()->num_row_groups())
                return false;
            openGroup();
        }
        --m_left;
        ++m_row;
        for (std::size_t place = 0; place < m_leaves.size(); ++place) {
            m_cells[place].clear();
            if (!m_leaves[place]->take(m_cells[place]))
                throw std::runtime_error("row " + std::to_string(m_row) + ": column '" + m_names[place]
                    + "' ends before its row group does");
        }
        return true;
    }
    const ParquetCells& cells(std::size_t place) const override { return m_cells[place]; }
    std::int64_t row() const override { return m_row; }

private:
    void openGroup()
    {
        m_open = m_file.RowGroup(m_group++);
        m_left = m_open->metadata()->num_rows();
        if (m_left < 0)
            throw std::runtime_error("a row group of " + std::to_string(m_left) + " rows");
        for (auto& leaf : m_leaves)
            leaf->open(*m_open);
    }

    parquet::ParquetFileReader& m_file;
    std::vector<std::string> m_names; // of the columns
    std::vector<ParquetCells> m_cells;
    std::shared_ptr<parquet::RowGroupReader> m_open;
    std::vector<std::unique_ptr<Leaf>> m_leaves;
    int m_group = 0;
    std::int64_t m_left = 0, m_row = 0; // rows left in the group; rows taken
};

class Table final : public ParquetTable {
public:
    explicit Table(const char* file)
    {
        parquet::ReaderProperties properties(arrow::system_memory_pool());
        properties.enable_buffered_stream(); // pages as they are needed, not whole columns
        properties.set_buffer_size(readBytes);
        m_file = parquet::ParquetFileReader::OpenFile(file, false, properties);
        const auto metadata = m_file->metadata();
        m_rows = metadata->num_rows();
        for (int leaf = 0; leaf < metadata->schema()->num_columns(); ++leaf)
            m_columns.push_back(describe(*metadata->schema()->Column(leaf)));
    }

    std::uint64_t entries(const std::vector<std::size_t>& columns) const override
    {
        std::uint64_t sum = 0;
        for (int group = 0; group < m_file->metadata()->num_row_groups(); ++group) {
            const auto metadata = m_file->metadata()->RowGroup(group);
            for (const std::size_t column : columns) {
                const std::int64_t values = metadata->ColumnChunk(static_cast<int>(column))->num_values();
                if (values < 0)
                    throw std::runtime_error("a column of " + std::to_string(values) + " values");
                sum += static_cast<std::uint64_t>(values);
            }
        }
        return sum;
    }

    std::unique_ptr<ParquetRows> read(const std::vector<std::size_t>& columns) const override
    {
        return std::make_unique<Rows>(*m_file, columns);
    }

private:
    std::unique_ptr<parquet::ParquetFileReader> m_file;
};

} // namespace

} // namespace recoscope

extern "C" __attribute__((visibility("default"))) const recoscope::ParquetApi* recoscope_parquet_api()
{
    static const std::string version = arrow::GetBuildInfo().version_string;
    static const recoscope::ParquetApi api = {recoscope::ParquetApi::currentVersion, sizeof(recoscope::ParquetApi),
        version.c_str(), [](const char* file) -> recoscope::ParquetTable* { return new recoscope::Table(file); }};
    return &api;
}
