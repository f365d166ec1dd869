// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// PerSRec around HLLM as its public code computes it: P older items, k tokens, R recent items for every user, whether
// there are items or pads; recent items do not see older ones. Its targets are shifted after the tokens were put in, so
// the last older item is trained on the first token's vector and the first recent item is no target; its pool of
// negatives holds the first k of each row twice.
#include "engine/nn/unit_rows.h"
#include "engine/training/parity_families.h"
#include "engine/training/parity_hllm.h"

namespace recoscope {

using torch::Tensor;

namespace {

// A row of the user model: which vector (items first, then tokens) stands in it, and in which column.
struct UserRow {
    std::int64_t vector = 0;
    std::int32_t column = 0;
    std::int64_t target = 0; // the vector of the next column
    bool inLoss = false;
};

struct UserRows {
    std::vector<UserRow> rows;
    std::vector<std::int64_t> offsets{0};
    // Attention without a mask (nn/attention_view.h): older items and tokens, then tokens and recent items.
    std::vector<std::int32_t> sources, places;
    std::vector<std::int64_t> pieces{0};

    template <class Get> Tensor column(Get get) const
    {
        std::vector<std::int64_t> values;
        for (const UserRow& row : rows)
            values.push_back(get(row));
        return torch::tensor(values, torch::kInt64);
    }
    Tensor vectors() const
    {
        return column([](const UserRow& r) { return r.vector; });
    }
    nn::TextBatch batch() const
    {
        auto view = std::make_shared<AttentionView>();
        view->sources = torch::tensor(sources, torch::kInt32);
        view->places = torch::tensor(places, torch::kInt32);
        view->offsets = torch::tensor(pieces, torch::kInt64);
        nn::TextBatch batch = nn::makeVectorBatch(torch::tensor(offsets, torch::kInt64));
        batch.positions = column([](const UserRow& r) { return r.column; }).to(torch::kInt32);
        batch.view = view;
        return batch;
    }
};

class Geometry {
public:
    Geometry(const ParityCase& c, std::int64_t vectors)
        : m_older(c.hyper().at("older_items_P"))
        , m_tokens(c.hyper().at("tokens_k"))
        , m_firstToken(vectors)
        , m_allItems(c.hyper().at("loss_on_all_items"))
    {
    }

    // ids [B, S] or, with the last targets, [B, S+1]; mask [B, S].
    UserRows rows(const Tensor& ids, const Tensor& mask) const
    {
        UserRows result;
        for (std::int64_t b = 0; b < mask.size(0); ++b)
            addUser(result, ids[b], mask[b]);
        return result;
    }

private:
    bool isToken(std::int64_t column) const { return column >= m_older && column < m_older + m_tokens; }
    std::int64_t itemOf(std::int64_t column) const { return column < m_older ? column : column - m_tokens; }
    std::int64_t vectorAt(const Tensor& ids, std::int64_t column) const
    {
        if (isToken(column))
            return m_firstToken + column - m_older;
        return itemOf(column) < ids.size(0) ? ids[itemOf(column)].item<std::int64_t>() : 0;
    }

    void addUser(UserRows& result, const Tensor& ids, const Tensor& mask) const
    {
        std::vector<std::int32_t> before, tokens, recent;
        for (std::int64_t column = 0; column < mask.size(0) + m_tokens; ++column) {
            if (!isToken(column) && mask[itemOf(column)].item<std::int64_t>() == 0)
                continue;
            const auto row = static_cast<std::int32_t>(result.rows.size());
            (column < m_older ? before : isToken(column) ? tokens : recent).push_back(row);
            result.rows.push_back({vectorAt(ids, column), static_cast<std::int32_t>(column), vectorAt(ids, column + 1),
                !isToken(column) && (m_allItems || column >= m_older)});
        }
        result.offsets.push_back(std::ssize(result.rows));
        before.insert(before.end(), tokens.begin(), tokens.end());
        addPiece(result, before, 0);
        tokens.insert(tokens.end(), recent.begin(), recent.end());
        addPiece(result, tokens, static_cast<std::size_t>(m_tokens));
    }

    // Rows from `firstOwn` on are at home in this piece.
    static void addPiece(UserRows& result, const std::vector<std::int32_t>& rows, std::size_t firstOwn)
    {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i >= firstOwn)
                result.places.push_back(static_cast<std::int32_t>(result.sources.size()));
            result.sources.push_back(rows[i]);
        }
        result.pieces.push_back(std::ssize(result.sources));
    }

    std::int64_t m_older, m_tokens, m_firstToken;
    bool m_allItems;
};

std::map<std::string, Tensor> outputsOf(const ParityCase& c, const ParityHllm& hllm)
{
    Trace itemTrace, userTrace;
    ForwardContext itemContext, userContext, plain;
    itemContext.setTrace(&itemTrace);
    userContext.setTrace(&userTrace);
    const Tensor items = hllm.network->itemVectors(catalogueTexts(c), itemContext);
    const Tensor vectors = torch::cat({items, hllm.tokens});
    const Geometry geometry(c, items.size(0));
    const UserRows trained = geometry.rows(c.io("in.items"), c.io("in.mask"));
    const Tensor hidden
        = hllm.network->userVectors(vectors.index_select(0, trained.vectors()), trained.batch(), userContext);
    const Tensor asked = c.io("in.eval_items");
    const UserRows rows = geometry.rows(asked, (asked > 0).to(torch::kInt64));
    const nn::TextBatch batch = rows.batch();
    const Tensor users = hllm.network->userVectors(vectors.index_select(0, rows.vectors()), batch, plain);
    std::map<std::string, Tensor> outputs{{"item_vectors", items}, {"hidden_packed", hidden},
        {"scores_last", torch::mm(nn::unitRows(users.index_select(0, batch.lastRows())), nn::unitRows(items).t())}};
    addTraced(outputs, itemTrace, "item", "catalogue");
    addTraced(outputs, userTrace, "user", "packed");
    return outputs;
}

Tensor lossOf(const ParityCase& c, const ParityHllm& hllm)
{
    ForwardContext context;
    const Tensor items = hllm.network->itemVectors(catalogueTexts(c), context);
    const Tensor vectors = torch::cat({items, hllm.tokens});
    const UserRows rows = Geometry(c, items.size(0)).rows(c.io("in.items"), c.io("in.mask"));
    const Tensor users = hllm.network->userVectors(vectors.index_select(0, rows.vectors()), rows.batch(), context);
    const Tensor counted = torch::nonzero(rows.column([](const UserRow& r) { return r.inLoss; })).squeeze(1);
    const Tensor targets = rows.column([](const UserRow& r) { return r.target; }).index_select(0, counted);
    const Tensor drawn = c.io("in.negatives");
    const Tensor pool = torch::cat({drawn, drawn.slice(1, 0, hllm.tokens.size(0))}, 1).flatten();
    return hllm.network
        ->lossRows(users.index_select(0, counted), vectors.index_select(0, targets), items.index_select(0, pool),
            c.hyper().at("nce_thres"))
        .mean();
}

} // namespace

std::vector<ParityRow> parityPerSRecHllm(const ParityCase& c)
{
    ParityPlan plan = hllmPlan(c);
    plan.build = [&c](torch::ScalarType type) {
        const auto built = buildParityHllm(c, type);
        return ParityNetwork{built, &built->parameters, [&c, built = built.get()] { return outputsOf(c, *built); },
            [&c, built = built.get()] { return lossOf(c, *built); }};
    };
    return runParityPlan(c, plan);
}

} // namespace recoscope
