// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/ruby_expression.h"

#include <string_view>
#include <vector>

#include "engine/core/error.h"

namespace recoscope {

namespace {

// Oniguruma's \w lacks ICU's two joiners and, outside of a set, has six numbers more.
constexpr std::string_view wordSet = R"([[\w\u00B2\u00B3\u00B9\u00BC-\u00BE]--[\u200C\u200D]])";
constexpr std::string_view notWordSet = R"([[\W\u200C\u200D]--[\u00B2\u00B3\u00B9\u00BC-\u00BE]])";
constexpr std::string_view wordMember = R"([\w--[\u200C\u200D]])", notWordMember = R"([\W\u200C\u200D])";

struct Meaning {
    std::string_view theirs, inSets, ours;
};

// Escapes with another meaning in ICU. What stands in no list here is refused.
constexpr Meaning differing[] = {
    {"\\w", wordMember, wordSet},
    {"\\W", notWordMember, notWordSet},
    {"\\h", "[0-9a-fA-F]", "[0-9a-fA-F]"},
    {"\\H", "[^0-9a-fA-F]", "[^0-9a-fA-F]"},
    {"\\v", "\\x0B", "\\x0B"},
    {"\\p{Word}", wordMember, wordMember},
};
constexpr Meaning differingClasses[] = {
    {"[:word:]", wordMember, {}},
    {"[:^word:]", notWordMember, {}},
    {"[:punct:]", R"([\p{P}\p{S}])", {}},
    {"[:^punct:]", R"([^\p{P}\p{S}])", {}},
};
constexpr std::string_view sameEverywhere = "aefnrtdDsSpPxu", sameOutside = "AzZRk123456789", sameInside = "b";
constexpr std::string_view sameGroups[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"};

bool isLetterOrDigit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

class Translation {
public:
    Translation(const std::string& source, const std::string& where)
        : m_source(source)
        , m_where(where)
    {
    }

    std::string result()
    {
        while (m_at < m_source.size())
            addPart();
        return std::move(m_result);
    }

private:
    std::string_view rest() const { return std::string_view(m_source).substr(m_at); }

    [[noreturn]] void refuse(std::string_view part) const
    {
        throw Error(ErrorKind::Input,
            m_where + ": the expression \"" + m_source + "\" has \"" + std::string(part) + "\", which is not read here",
            "use a tokeniser without it");
    }

    void take(std::size_t bytes)
    {
        m_result += rest().substr(0, bytes);
        m_at += bytes;
    }

    void put(std::string_view text, std::size_t bytes)
    {
        m_result += text;
        m_at += bytes;
    }

    void addPart()
    {
        const char c = m_source[m_at];
        if (c == '{')
            return addInterval();
        if (c == '*' || c == '+' || c == '?')
            return take(1);
        if (c == ')')
            return closeGroup();
        m_atom = m_result.size(); // what a quantifier behind it applies to
        if (c == '(')
            openGroup();
        else if (c == '[')
            addSet();
        else if (c == '\\')
            addEscape(false);
        else
            take(1);
    }

    // X{1,3}+ is no possessive interval but (?:X{1,3})+, and X{2}? may be left out as a whole.
    void addInterval()
    {
        const std::size_t end = rest().find('}');
        if (end == std::string_view::npos)
            refuse("{");
        const bool fixed = rest().substr(0, end).find(',') == std::string_view::npos;
        take(end + 1);
        const char next = rest().empty() ? '\0' : rest().front();
        if (next != '+' && next != '*' && next != '{' && !(next == '?' && fixed))
            return;
        m_result.insert(m_atom, "(?:");
        m_result += ')';
    }

    struct Group {
        std::size_t begin; // in the result
        bool caseless; // around it
    };

    void openGroup()
    {
        m_groups.push_back({m_result.size(), m_caseless});
        for (const std::string_view same : sameGroups)
            if (rest().starts_with(same))
                return take(same.size());
        if (!rest().starts_with("(?"))
            return take(1);
        if (rest().starts_with("(?<"))
            return take(rest().find('>') == std::string_view::npos ? 1 : rest().find('>') + 1);
        addFlags();
    }

    // (?i), (?i:...): Ruby's m lets the dot match line feeds, which is ICU's s.
    void addFlags()
    {
        const std::size_t end = rest().find_first_not_of("im-", 2);
        if (end == std::string_view::npos || end == 2 || (rest()[end] != ')' && rest()[end] != ':'))
            refuse(rest().substr(0, 3));
        bool on = true;
        for (const char c : rest().substr(0, end)) {
            on = on && c != '-';
            m_caseless = c == 'i' ? on : m_caseless;
            m_result += c == 'm' ? 's' : c;
        }
        m_at += end;
        if (rest().front() == ')')
            m_groups.pop_back(); // it holds to the end of the group around it
        take(1);
    }

    void closeGroup()
    {
        if (!m_groups.empty()) {
            m_atom = m_groups.back().begin;
            m_caseless = m_groups.back().caseless;
            m_groups.pop_back();
        }
        take(1);
    }

    void addEscape(bool inside)
    {
        for (const Meaning& meaning : differing)
            if (rest().starts_with(meaning.theirs))
                return put(inside ? meaning.inSets : meaning.ours, meaning.theirs.size());
        const char c = rest().size() > 1 ? rest()[1] : '\0';
        const std::string word(wordSet);
        if (!inside && c == 'b')
            return put("(?:(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + "))", 2);
        if (!inside && c == 'B')
            return put("(?:(?<=" + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + "))", 2);
        const std::string_view same = inside ? sameInside : sameOutside;
        if (isLetterOrDigit(c) && sameEverywhere.find(c) == std::string_view::npos
            && same.find(c) == std::string_view::npos)
            refuse(rest().substr(0, 2));
        if (c == 'p' || c == 'P')
            return addProperty();
        take(rest().size() > 1 ? 2 : 1);
    }

    void addProperty()
    {
        const std::size_t end = rest().find('}');
        const std::string_view property = rest().substr(0, end == std::string_view::npos ? 2 : end + 1);
        // Oniguruma lets (?i) widen classes of upper or lower case too.
        for (const std::string_view cased : {"{Lu}", "{Ll}", "{Lt}", "pper", "ower", "itlecase"})
            if (m_caseless && property.find(cased) != std::string_view::npos)
                refuse(property);
        take(property.size());
    }

    void addSet()
    {
        take(rest().starts_with("[^") ? 2 : 1);
        if (rest().starts_with(']'))
            put("\\]", 1); // the first one is a letter
        bool afterSet = false;
        while (!rest().empty() && rest().front() != ']')
            afterSet = addMember(afterSet);
        if (!rest().empty())
            take(1);
    }

    // One part of a set; true where it was a set itself. Single & and a - behind a set are letters to Oniguruma.
    bool addMember(bool afterSet)
    {
        const char c = rest().front();
        if (c == '[') {
            if (!addPosixClass())
                addSet();
            return true;
        }
        if (rest().starts_with("&&")) {
            take(2);
            return false;
        }
        if (c == '\\') {
            const bool set
                = rest().size() > 1 && std::string_view("wWhHdDsSpP").find(rest()[1]) != std::string_view::npos;
            addEscape(true);
            return set;
        }
        if (c == '&' || (c == '-' && afterSet))
            m_result += '\\';
        take(1);
        return false;
    }

    bool addPosixClass()
    {
        if (!rest().starts_with("[:"))
            return false;
        const std::size_t end = rest().find(":]");
        if (end == std::string_view::npos)
            refuse("[:");
        const std::string_view name = rest().substr(0, end + 2);
        for (const Meaning& meaning : differingClasses)
            if (name == meaning.theirs) {
                put(meaning.inSets, name.size());
                return true;
            }
        if (m_caseless
            && (name.find("upper") != std::string_view::npos || name.find("lower") != std::string_view::npos))
            refuse(name);
        take(name.size());
        return true;
    }

    const std::string& m_source;
    const std::string& m_where;
    std::string m_result;
    std::size_t m_at = 0, m_atom = 0;
    std::vector<Group> m_groups;
    bool m_caseless = false;
};

} // namespace

std::string icuExpression(const std::string& ruby, const std::string& where)
{
    return Translation(ruby, where).result();
}

} // namespace recoscope
