// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/mask_panel.h"

#include "widgets/core/token_reading.h"
#include "widgets/plots/mask_picture.h"

namespace recoscope {

MaskPanel::MaskPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("Who sees whom"), QStringLiteral("tokensMask"), parent)
    , m_mask(new MaskPicture(theme, QStringLiteral("tokensMask")))
{
    setSubtitle(tr("rows read columns"));
    m_mask->setExportHeader({tr("Who sees whom"), {}, {}});
    setContent(m_mask);
    setExportable(m_mask);
}

void MaskPanel::showData(std::shared_ptr<const TokensData> data)
{
    MaskPicture::Mask mask;
    for (const MaskBand& band : maskBands(*data->maps)) {
        const QString name = band.kind == BandKind::Older ? tr("%1 older").arg(band.count)
            : band.kind == BandKind::Tokens               ? tr("%n token(s)", nullptr, band.count)
                                                          : tr("%1 recent").arg(band.count);
        const bool isTokens = band.kind == BandKind::Tokens;
        mask.bands.push_back({name, isTokens ? tr("tok.") : QString::number(band.count), band.count, isTokens});
    }
    mask.sees = [data](int row, int column) { return data->maps->rows.sees(row, column); };
    mask.title = [data](int row) { return data->rowTitle(row); };
    m_mask->setExportHeader(data->header(tr("Who sees whom")));
    m_mask->setMask(std::move(mask));
}

} // namespace recoscope
