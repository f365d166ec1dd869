// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/column_roles.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

namespace recoscope {

namespace {

using UsualNames = std::map<std::string, std::vector<std::string>>;

std::string normalised(const std::string& name)
{
    std::string result;
    for (const char c : name.substr(0, name.find(':'))) {
        if (std::isalnum(static_cast<unsigned char>(c)))
            result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return result;
}

std::string lookUp(const UsualNames& names, const std::string& name)
{
    const std::string plain = normalised(name);
    for (const auto& [role, known] : names) {
        if (std::find(known.begin(), known.end(), plain) != known.end())
            return role;
    }
    return "";
}

} // namespace

std::string roleOfColumn(const std::string& name)
{
    static const UsualNames names
        = {{"user",
               {"user", "userid", "uid", "userno", "useridx", "userindex", "reviewerid", "visitorid", "sessionid",
                   "session", "customerid", "customer", "memberid", "personid", "accountid", "profileid", "authorid"}},
            {"item",
                {"item", "itemid", "iid", "itemno", "itemidx", "itemindex", "movie", "movieid", "product", "productid",
                    "asin", "parentasin", "sku", "book", "bookid", "isbn", "artistid", "trackid", "songid", "newsid",
                    "articleid", "videoid", "gameid", "animeid", "businessid", "venueid", "recipeid", "goodsid"}},
            {"time",
                {"timestamp", "time", "unixreviewtime", "date", "datetime", "ts", "reviewtime", "eventtime",
                    "createdat", "unixtime", "timestampms"}},
            {"rating", {"rating", "ratings", "score", "stars", "overall", "weight", "value", "label", "playcount"}}};
    return lookUp(names, name);
}

std::string markOfColumn(const std::string& name)
{
    static const UsualNames names = {{"surface", {"surface", "sourcepage", "placement", "isorganic"}},
        {"kind",
            {"kind", "eventtype", "event", "action", "actiontype", "behavior", "behaviour", "behaviortype",
                "behaviourtype", "interactiontype"}}};
    return lookUp(names, name);
}

} // namespace recoscope
