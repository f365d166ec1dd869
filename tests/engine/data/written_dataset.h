// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A table of interactions as a dataset folder on disk, removed at the end of the test.
#pragma once

#include <memory>

#include "engine/data/dataset_writer.h"
#include "import_support.h"
#include "interaction_table.h"

namespace recoscope::testing {

class WrittenDataset {
public:
    explicit WrittenDataset(const InteractionTable& table)
    {
        DatasetWriter writer(m_folder.path() / "dataset", "dataset", "test", "test");
        table.write(writer);
        Progress progress;
        m_dataset = writer.finish({}, progress);
    }

    const std::shared_ptr<const Dataset>& dataset() const { return m_dataset; }
    std::shared_ptr<const PreparedData> prepare(const Protocol& protocol) const
    {
        Progress progress;
        return recoscope::prepare(m_dataset, protocol, progress);
    }

private:
    TemporaryFolder m_folder;
    std::shared_ptr<const Dataset> m_dataset;
};

} // namespace recoscope::testing
