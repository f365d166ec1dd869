// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parity.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/evaluation/parity_evaluation.h"
#include "engine/training/parity_case.h"
#include "engine/training/parity_families.h"

namespace recoscope {

namespace {

using Runner = std::vector<ParityRow> (*)(const ParityCase&);

struct Family {
    const char* name;
    Runner run;
};

// The visible list; evaluation keeps its own families (parity_evaluation.h).
constexpr Family families[] = {
    {"lrurec", parityLruRec},
    {"sasrec_port", paritySasRecPort},
    {"sasrec_ce_recbole", paritySasRecCrossEntropy},
    {"gsasrec", parityGSasRec},
    {"engine", parityEngine},
    {"bert4rec_recbole", parityBert4Rec},
    {"hstu_research", parityHstuResearch},
    {"persrec_hstu_plain", parityPerSRecPlain},
    {"gru4rec_recbole", parityGru4Rec},
    {"loss_full_ce", parityFullCrossEntropy},
    {"loss_gbce", parityGbce},
    {"loss_sampled_softmax", paritySampledSoftmax},
    {"optimiser", parityOptimiser},
};

std::vector<Path> caseFolders(const Path& directory)
{
    std::vector<Path> folders;
    std::error_code error;
    if (std::filesystem::exists(directory / "case.json", error))
        folders.push_back(directory);
    for (auto it = std::filesystem::recursive_directory_iterator(directory, error);
         !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error))
        if (it->is_directory() && std::filesystem::exists(it->path() / "case.json"))
            folders.push_back(it->path());
    std::sort(folders.begin(), folders.end());
    if (folders.empty())
        throw Error(ErrorKind::NotFound, "no fixture folder (with a case.json) in " + directory.string(),
            "pass the folder that holds the fixtures");
    return folders;
}

} // namespace

bool ParityReport::ok() const
{
    return std::all_of(rows.begin(), rows.end(), [](const ParityRow& row) { return row.ok; });
}

ParityReport runParity(const Path& directory, Progress& progress)
{
    ParityReport report;
    const std::vector<Path> folders = caseFolders(directory);
    for (std::size_t i = 0; i < folders.size(); ++i) {
        progress.checkCancelled();
        const std::string name = folders[i].filename().string();
        progress.update(static_cast<double>(i) / static_cast<double>(folders.size()), "Parity · " + name);
        const std::string family = readJson(folders[i] / "case.json").value("family", "");
        std::vector<ParityRow> rows;
        const auto* known
            = std::find_if(std::begin(families), std::end(families), [&](const Family& f) { return family == f.name; });
        if (known != std::end(families))
            rows = known->run(ParityCase(folders[i]));
        else if (isEvaluationFamily(family))
            rows = parityEvaluation(folders[i]);
        else
            report.skipped.push_back(name + " (" + family + ")");
        report.rows.insert(report.rows.end(), rows.begin(), rows.end());
    }
    progress.update(1.0, "Parity done");
    return report;
}

} // namespace recoscope
