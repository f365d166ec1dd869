// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/text_vectors_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/workspace/text_vectors.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/encoder_package.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

QString nameOf(const Path& path)
{
    return QString::fromStdString(path.filename().string());
}

} // namespace

TextVectorsDialog::TextVectorsDialog(WorkbenchContext& context, QString script, QWidget* parent)
    : JobDialog(context, QStringLiteral("textVectors"), tr("What is done is kept and continued next time."), parent)
    , m_script(std::move(script))
    , m_encoder(new QComboBox)
    , m_folder(makeButton(tr("Folder…"), QStringLiteral("textVectorsFolder")))
    , m_licence(new QWidget)
    , m_terms(new QPlainTextEdit)
    , m_accept(new QCheckBox(tr("I accept these licences")))
    , m_dataset(new QComboBox)
    , m_target(makeLabel({}, "secondary"))
    , m_act(makeButton({}, QStringLiteral("textVectorsAct"), ButtonKind::Primary))
{
    setWindowTitle(tr("Text vectors"));
    resize(640, 420);
    buildForm();
    listEncoders({});
    connect(m_encoder, &QComboBox::currentIndexChanged, this, &TextVectorsDialog::showState);
    connect(m_dataset, &QComboBox::currentIndexChanged, this, &TextVectorsDialog::showState);
    connect(m_accept, &QCheckBox::toggled, this, &TextVectorsDialog::showState);
    connect(m_folder, &QPushButton::clicked, this, &TextVectorsDialog::chooseFolder);
    connect(m_act, &QPushButton::clicked, this, [this] { encoder().empty() ? fetch() : encode(); });
    showState();
}

void TextVectorsDialog::buildForm()
{
    setNames(m_encoder, QStringLiteral("textVectorsEncoder"), tr("Text encoder"));
    setNames(m_dataset, QStringLiteral("textVectorsDataset"), tr("Dataset"));
    setNames(m_terms, QStringLiteral("textVectorsTerms"), tr("What would be fetched, and its licences"));
    setNames(m_accept, QStringLiteral("textVectorsAccept"), m_accept->text());
    setNames(m_target, QStringLiteral("textVectorsTarget"), tr("The file of the vectors"));
    m_terms->setReadOnly(true);
    m_terms->setTabChangesFocus(true);
    m_target->setWordWrap(true);
    m_target->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    for (const DatasetRecord& record : m_context.library.datasets())
        m_dataset->addItem(QString::fromStdString(record.name));
    m_dataset->setCurrentText(m_context.selection.dataset());

    auto* licence = new QVBoxLayout(m_licence);
    licence->setContentsMargins(0, 0, 0, 0);
    licence->addWidget(m_terms, 1);
    licence->addWidget(m_accept);
    auto* encoderRow = new QHBoxLayout;
    encoderRow->addWidget(m_encoder, 1);
    encoderRow->addWidget(m_folder);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(m_close);
    buttons->addWidget(m_act);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    column->addWidget(makeLabel(tr("Text encoder"), "strong"));
    column->addLayout(encoderRow);
    column->addWidget(m_licence, 1);
    column->addWidget(makeLabel(tr("Titles of"), "strong"));
    column->addWidget(m_dataset);
    column->addWidget(m_target);
    addJobRows(column);
    column->addStretch();
    column->addLayout(buttons);
}

void TextVectorsDialog::listEncoders(const Path& chosen)
{
    const QSignalBlocker quiet(m_encoder);
    m_encoder->clear();
    bool pinned = false;
    const auto add
        = [this](const Path& folder) { m_encoder->addItem(nameOf(folder), QString::fromStdString(folder.string())); };
    for (const Path& folder : encoderFolders(m_context.workspace->folder())) {
        add(folder);
        pinned = pinned || folder.filename() == pinnedEncoder;
    }
    if (!pinned)
        m_encoder->addItem(tr("%1, to be fetched").arg(QLatin1String(pinnedEncoder)), QString());
    if (!chosen.empty()) {
        const QString path = QString::fromStdString(chosen.string());
        if (m_encoder->findData(path) < 0)
            add(chosen);
        m_encoder->setCurrentIndex(m_encoder->findData(path));
    }
}

void TextVectorsDialog::chooseFolder()
{
    const QString folder
        = QFileDialog::getExistingDirectory(this, tr("Folder with config.json, model.safetensors and tokenizer.json"));
    if (folder.isEmpty())
        return;
    listEncoders(Path(folder.toStdString()));
    showState();
}

Path TextVectorsDialog::encoder() const
{
    return Path(m_encoder->currentData().toString().toStdString());
}

Path TextVectorsDialog::target() const
{
    const QString name = QStringLiteral("%1.%2.npy").arg(m_dataset->currentText(), nameOf(encoder()));
    return m_context.workspace->folder() / "text_vectors" / name.toStdString();
}

void TextVectorsDialog::askForTerms()
{
    m_termsKnown = true;
    m_context.jobs.run(
        {JobLane::Inspect, tr("Licences of the text encoder"), {}}, this,
        [script = m_script, workspace = m_context.workspace](
            Progress&) { return encoderTerms(script, workspace->folder()); },
        [this](const QString& terms) {
            m_terms->setPlainText(terms);
            showState();
        },
        [this](const JobFailure& failure) { failed(tr("The pinned encoder cannot be fetched."), failure); });
}

void TextVectorsDialog::showState()
{
    const bool busy = isBusy(), there = !encoder().empty(), anyDataset = m_dataset->count() > 0;
    if (!there && !m_termsKnown)
        askForTerms();
    m_licence->setVisible(!there);
    for (QWidget* field : std::initializer_list<QWidget*>{m_encoder, m_folder, m_dataset, m_accept})
        field->setEnabled(!busy);
    m_target->setText(!there ? QString()
            : anyDataset     ? tr("Written to %1").arg(QString::fromStdString(target().string()))
                             : tr("Import a dataset with titles first."));
    m_act->setText(there ? tr("Encode titles") : tr("Get"));
    m_act->setEnabled(!busy && (there ? anyDataset : m_accept->isChecked() && !m_terms->toPlainText().isEmpty()));
    showJob();
}

void TextVectorsDialog::fetch()
{
    const JobId job = m_context.jobs.run(
        {JobLane::Work, tr("Get %1").arg(QLatin1String(pinnedEncoder)), {}}, this,
        [script = m_script, workspace = m_context.workspace](
            Progress& progress) { return fetchEncoder(script, workspace->folder(), progress); },
        [this](const Path& folder) {
            listEncoders(folder);
            jobEnded();
            m_banner->showMessage(StatusTone::Good, tr("%1 is here.").arg(nameOf(folder)),
                tr("Now it can encode the titles of a dataset."));
        },
        [this](const JobFailure& failure) { failed(tr("The text encoder was not fetched."), failure); });
    begin(job, tr("Connecting…"));
}

void TextVectorsDialog::encode()
{
    const QString dataset = m_dataset->currentText();
    const JobId job = m_context.jobs.run(
        {JobLane::Work, tr("Encode titles of %1").arg(dataset), {}}, this,
        [workspace = m_context.workspace, dataset = dataset.toStdString(), encoder = encoder(), out = target()](
            Progress& progress) {
            std::filesystem::create_directories(out.parent_path());
            return encodeTitles(*workspace, dataset, encoder, {}, out, progress);
        },
        [this](const EncodedTitles& done) {
            jobEnded();
            m_banner->showMessage(StatusTone::Good,
                tr("%1 titles, %2 of them encoded now.")
                    .arg(format::count(done.vectors.rows), format::count(done.vectors.encoded)),
                tr("Give the file to a text model, such as HLLM or Lite-LLM4Rec, as its item vectors (%1).")
                    .arg(QString::fromStdString(done.encoder)));
        },
        [this](const JobFailure& failure) { failed(tr("The titles were not encoded."), failure); });
    begin(job, tr("Opening…"));
}

} // namespace recoscope
