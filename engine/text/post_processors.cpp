// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/post_processors.h"

#include "engine/text/json_fields.h"

namespace recoscope {

namespace {

using Ids = std::vector<std::int32_t>;

// The text and ids in turn; a list without a text drops it, as the template says.
class TemplatePostProcessor : public PostProcessor {
public:
    struct Part {
        bool isText = false;
        Ids ids;
    };
    explicit TemplatePostProcessor(std::vector<Part> parts)
        : m_parts(std::move(parts))
    {
    }
    Ids apply(Ids ids) const override
    {
        Ids result;
        for (const Part& part : m_parts) {
            const Ids& from = part.isText ? ids : part.ids;
            result.insert(result.end(), from.begin(), from.end());
        }
        return result;
    }

private:
    std::vector<Part> m_parts;
};

std::unique_ptr<PostProcessor> makeTemplate(const Json& json, const std::string& where)
{
    std::vector<TemplatePostProcessor::Part> parts;
    for (const Json& item : arrayOf(json, "single", where)) {
        if (hasField(item, "Sequence")) {
            parts.push_back({true, {}});
            continue;
        }
        const std::string name = textOf(fieldOf(item, "SpecialToken", where), "id", where);
        const Json& special = fieldOf(fieldOf(json, "special_tokens", where), name.c_str(), where);
        Ids ids;
        for (const Json& id : arrayOf(special, "ids", where))
            ids.push_back(idFrom(id, where));
        parts.push_back({false, std::move(ids)});
    }
    return std::make_unique<TemplatePostProcessor>(std::move(parts));
}

// ["[SEP]", 102]
std::int32_t namedId(const Json& json, const char* key, const std::string& where)
{
    const Json& pair = arrayOf(json, key, where);
    if (pair.size() != 2)
        failInput(where, std::string("`") + key + "` is not a piece with its id");
    return idFrom(pair[1], where);
}

std::unique_ptr<PostProcessor> makeClassAndSeparator(const Json& json, const std::string& where)
{
    const Ids first{namedId(json, "cls", where)}, last{namedId(json, "sep", where)};
    return std::make_unique<TemplatePostProcessor>(
        std::vector<TemplatePostProcessor::Part>{{false, first}, {true, {}}, {false, last}});
}

// What only moves offsets, which ids do not have.
std::unique_ptr<PostProcessor> makeNothing(const Json&, const std::string&)
{
    return std::make_unique<TemplatePostProcessor>(std::vector<TemplatePostProcessor::Part>{{true, {}}});
}

class SequencePostProcessor : public PostProcessor {
public:
    explicit SequencePostProcessor(std::vector<std::unique_ptr<PostProcessor>> steps)
        : m_steps(std::move(steps))
    {
    }
    Ids apply(Ids ids) const override
    {
        for (const auto& step : m_steps)
            ids = step->apply(std::move(ids));
        return ids;
    }

private:
    std::vector<std::unique_ptr<PostProcessor>> m_steps;
};

std::unique_ptr<PostProcessor> makeSequence(const Json& json, const std::string& where)
{
    std::vector<std::unique_ptr<PostProcessor>> steps;
    for (const Json& step : arrayOf(json, "processors", where))
        steps.push_back(makePostProcessor(step, where));
    return std::make_unique<SequencePostProcessor>(std::move(steps));
}

// The visible list.
constexpr ComponentKind<PostProcessor> kinds[] = {
    {"TemplateProcessing", makeTemplate},
    {"BertProcessing", makeClassAndSeparator},
    {"RobertaProcessing", makeClassAndSeparator},
    {"ByteLevel", makeNothing},
    {"Sequence", makeSequence},
};

} // namespace

std::unique_ptr<PostProcessor> makePostProcessor(const Json& json, const std::string& where)
{
    return json.is_null() ? makeNothing(json, where) : makeComponent<PostProcessor>(kinds, json, where);
}

} // namespace recoscope
