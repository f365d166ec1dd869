// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr std::uint64_t maxHeaderBytes = 100'000'000; // the format's own limit
constexpr std::size_t headerAlignment = 64;

struct TypeName {
    TensorType type;
    const char* name;
    std::size_t bytes;
};

constexpr TypeName typeNames[] = {
    {TensorType::F16, "F16", 2},
    {TensorType::BF16, "BF16", 2},
    {TensorType::F32, "F32", 4},
    {TensorType::F64, "F64", 8},
    {TensorType::I8, "I8", 1},
    {TensorType::I16, "I16", 2},
    {TensorType::I32, "I32", 4},
    {TensorType::I64, "I64", 8},
    {TensorType::U8, "U8", 1},
    {TensorType::Bool, "BOOL", 1},
};

const TypeName& entryOf(TensorType type)
{
    return *std::find_if(
        std::begin(typeNames), std::end(typeNames), [type](const TypeName& entry) { return entry.type == type; });
}

Error damaged(const Path& path, const std::string& what)
{
    return Error(ErrorKind::Input, "'" + path.string() + "' is not a usable safetensors file: " + what,
        "take another copy of the file; a run of your own can be trained again");
}

// A zip archive, or from old versions a pickle.
bool isTorchFile(std::span<const std::byte> bytes)
{
    constexpr std::array<std::uint8_t, 4> zip{'P', 'K', 3, 4}, pickle{0x80, 2, 0x8a, 0x0a};
    const auto begins = [&](const auto& mark) { return std::memcmp(bytes.data(), mark.data(), mark.size()) == 0; };
    return begins(zip) || begins(pickle);
}

float halfToFloat(std::uint16_t half)
{
    const std::uint32_t sign = std::uint32_t(half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 0x1f;
    const std::uint32_t fraction = half & 0x3ff;
    if (exponent == 31)
        return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
    if (exponent == 0) { // zero and subnormal: fraction * 2^-24 is exact in a float
        const float value = static_cast<float>(fraction) * 0x1.0p-24f;
        return sign ? -value : value;
    }
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

float brainToFloat(std::uint16_t brain)
{
    return std::bit_cast<float>(std::uint32_t(brain) << 16);
}

// `read` turns one stored element into the result; elements are copied since they may lie unaligned.
template <class Stored, class Result, class Read> std::vector<Result> convert(const TensorView& tensor, Read read)
{
    std::vector<Result> values(static_cast<std::size_t>(tensor.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Stored stored;
        std::memcpy(&stored, tensor.data.data() + i * sizeof(Stored), sizeof(Stored));
        values[i] = static_cast<Result>(read(stored));
    }
    return values;
}

template <class Result> std::vector<Result> toFloating(const TensorView& tensor)
{
    const auto same = [](auto value) { return value; };
    switch (tensor.type) {
    case TensorType::F16: return convert<std::uint16_t, Result>(tensor, halfToFloat);
    case TensorType::BF16: return convert<std::uint16_t, Result>(tensor, brainToFloat);
    case TensorType::F32: return convert<float, Result>(tensor, same);
    case TensorType::F64: return convert<double, Result>(tensor, same);
    default: break;
    }
    throw Error(ErrorKind::Input,
        std::string("a tensor of type ") + tensorTypeName(tensor.type) + " where real numbers are needed",
        "check that the file belongs to this model");
}

std::int64_t elementCount(const Path& path, const std::string& name, const std::vector<std::int64_t>& shape)
{
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 0 || __builtin_mul_overflow(count, extent, &count))
            throw damaged(path, "tensor '" + name + "' has an impossible shape");
    }
    return count;
}

TensorType typeOf(const Path& path, const std::string& name, const std::string& text)
{
    for (const TypeName& entry : typeNames) {
        if (text == entry.name)
            return entry.type;
    }
    throw damaged(path, "tensor '" + name + "' has the unknown type '" + text.substr(0, 20) + "'");
}

struct Extent {
    std::uint64_t begin = 0, end = 0;
    std::string name;
};

std::vector<std::int64_t> integers(const Path& path, const std::string& name, const Json& entry, const char* key)
{
    const auto found = entry.find(key);
    if (found == entry.end() || !found->is_array() || found->size() > 64)
        throw damaged(path, "tensor '" + name + "' has no usable '" + key + "'");
    std::vector<std::int64_t> values;
    for (const Json& value : *found) {
        if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
            || value.get<std::int64_t>() < 0)
            throw damaged(path, "tensor '" + name + "' has a bad number in '" + key + "'");
        values.push_back(value.get<std::int64_t>());
    }
    return values;
}

TensorView readEntry(const Path& path, const std::string& name, const Json& entry, std::span<const std::byte> body,
    std::vector<Extent>& extents)
{
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string())
        throw damaged(path, "tensor '" + name + "' has no type");
    TensorView view;
    view.type = typeOf(path, name, entry["dtype"].get<std::string>());
    view.shape = integers(path, name, entry, "shape");
    const std::vector<std::int64_t> offsets = integers(path, name, entry, "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1] || static_cast<std::uint64_t>(offsets[1]) > body.size())
        throw damaged(path, "tensor '" + name + "' lies outside the file (the file may be cut short)");
    std::int64_t bytes = 0;
    const std::int64_t element = static_cast<std::int64_t>(tensorTypeBytes(view.type));
    if (__builtin_mul_overflow(elementCount(path, name, view.shape), element, &bytes)
        || bytes != offsets[1] - offsets[0])
        throw damaged(path, "shape and size of tensor '" + name + "' disagree");
    view.data = body.subspan(static_cast<std::size_t>(offsets[0]), static_cast<std::size_t>(bytes));
    extents.push_back({static_cast<std::uint64_t>(offsets[0]), static_cast<std::uint64_t>(offsets[1]), name});
    return view;
}

// The format asks for tensors back to back: anything else could hide data or alias two tensors.
void requireContiguous(const Path& path, std::vector<Extent> extents, std::uint64_t bodySize)
{
    std::sort(extents.begin(), extents.end(),
        [](const Extent& a, const Extent& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t end = 0;
    for (const Extent& extent : extents) {
        if (extent.begin != end)
            throw damaged(path, "tensor '" + extent.name + "' overlaps another one or leaves a hole");
        end = extent.end;
    }
    if (end != bodySize)
        throw damaged(path, std::to_string(bodySize - end) + " bytes after the last tensor");
}

} // namespace

std::size_t tensorTypeBytes(TensorType type)
{
    return entryOf(type).bytes;
}

const char* tensorTypeName(TensorType type)
{
    return entryOf(type).name;
}

std::int64_t TensorView::size() const
{
    std::int64_t count = 1;
    for (const std::int64_t extent : shape)
        count *= extent;
    return count;
}

std::vector<float> TensorView::toFloat() const
{
    return toFloating<float>(*this);
}

std::vector<double> TensorView::toDouble() const
{
    return toFloating<double>(*this);
}

std::vector<std::int64_t> TensorView::toInt64() const
{
    const auto same = [](auto value) { return value; };
    switch (type) {
    case TensorType::I8: return convert<std::int8_t, std::int64_t>(*this, same);
    case TensorType::I16: return convert<std::int16_t, std::int64_t>(*this, same);
    case TensorType::I32: return convert<std::int32_t, std::int64_t>(*this, same);
    case TensorType::I64: return convert<std::int64_t, std::int64_t>(*this, same);
    case TensorType::U8:
    case TensorType::Bool: return convert<std::uint8_t, std::int64_t>(*this, same);
    default: break;
    }
    throw Error(ErrorKind::Input,
        std::string("a tensor of type ") + tensorTypeName(type) + " where integers are needed",
        "check that the file belongs to this model");
}

SafetensorsFile::SafetensorsFile(const Path& path)
    : m_path(path)
    , m_file(std::make_shared<MappedFile>(path))
{
    const auto bytes = m_file->bytes();
    std::uint64_t length = 0;
    if (bytes.size() < sizeof length)
        throw damaged(path, "it is cut short in the header");
    std::memcpy(&length, bytes.data(), sizeof length);
    if (isTorchFile(bytes))
        throw Error(ErrorKind::Input, "'" + path.string() + "' is a checkpoint as torch.save writes it",
            "write its tensors with safetensors.torch.save_file (docs/models.md, Weights from elsewhere)");
    if (length > maxHeaderBytes || length > bytes.size() - sizeof length)
        throw damaged(path, "it is cut short in the header");
    const char* text = reinterpret_cast<const char*>(bytes.data()) + sizeof length;
    const Json header = parseJson(std::string(text, length), path.string() + " (header)");
    if (!header.is_object())
        throw damaged(path, "the header is not a JSON object");
    const auto body = bytes.subspan(sizeof length + length);
    std::vector<Extent> extents;
    for (const auto& [name, entry] : header.items()) {
        if (name != "__metadata__") {
            m_tensors.emplace(name, readEntry(path, name, entry, body, extents));
            continue;
        }
        if (!entry.is_object())
            throw damaged(path, "'__metadata__' is not an object");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string())
                throw damaged(path, "'__metadata__' may hold text only");
            m_metadata.emplace(key, value.get<std::string>());
        }
    }
    requireContiguous(path, std::move(extents), body.size());
}

const TensorView& SafetensorsFile::at(const std::string& name) const
{
    const auto found = m_tensors.find(name);
    if (found == m_tensors.end())
        throw Error(ErrorKind::Input, "'" + m_path.string() + "' has no tensor '" + name + "'",
            "check that the file belongs to this model");
    return found->second;
}

void writeSafetensors(const Path& path, const std::map<std::string, TensorView>& tensors,
    const std::map<std::string, std::string>& metadata)
{
    // Wide types first, so that every tensor is aligned to its element in the mapped file.
    std::vector<const std::pair<const std::string, TensorView>*> order;
    for (const auto& tensor : tensors)
        order.push_back(&tensor);
    std::stable_sort(order.begin(), order.end(),
        [](const auto* a, const auto* b) { return tensorTypeBytes(a->second.type) > tensorTypeBytes(b->second.type); });
    Json header = Json::object();
    if (!metadata.empty())
        header["__metadata__"] = metadata;
    std::uint64_t offset = 0;
    for (const auto* tensor : order) {
        const TensorView& view = tensor->second;
        if (view.data.size() != static_cast<std::size_t>(view.size()) * tensorTypeBytes(view.type))
            throw Error(ErrorKind::Internal, "shape and data of tensor '" + tensor->first + "' disagree",
                "report this as a bug");
        header[tensor->first] = {{"dtype", tensorTypeName(view.type)}, {"shape", view.shape},
            {"data_offsets", {offset, offset + view.data.size()}}};
        offset += view.data.size();
    }
    std::string text = header.dump();
    text.append((headerAlignment - (8 + text.size()) % headerAlignment) % headerAlignment, ' ');
    const std::uint64_t length = text.size();
    AtomicFile file(path);
    file.write(&length, sizeof length);
    file.write(text);
    for (const auto* tensor : order)
        file.write(tensor->second.data.data(), tensor->second.data.size());
    file.commit();
}

} // namespace recoscope
