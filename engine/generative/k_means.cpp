// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/generative/k_means.h"

#include <algorithm>
#include <limits>

#include "engine/kernels/ops.h"

namespace recoscope {

namespace {

double squaredDistance(const float* a, const float* b, std::int64_t width)
{
    double sum = 0.0;
    for (std::int64_t d = 0; d < width; ++d) {
        const double difference = double(a[d]) - double(b[d]);
        sum += difference * difference;
    }
    return sum;
}

double squaredLength(const float* a, std::int64_t width)
{
    double sum = 0.0;
    for (std::int64_t d = 0; d < width; ++d)
        sum += double(a[d]) * double(a[d]);
    return sum;
}

class KMeans {
public:
    KMeans(const MatrixRows& points, const ClusterRequest& request, RandomStream& random, const Progress& progress)
        : m_points(points)
        , m_request(request)
        , m_random(random)
        , m_progress(progress)
        , m_rows(static_cast<std::size_t>(points.rows))
        , m_distance(m_rows, std::numeric_limits<double>::infinity())
    {
    }

    Clusters run()
    {
        start();
        m_clusters.codeOf = nearest();
        for (int iteration = 0; iteration < m_request.iterations; ++iteration) {
            moveToMeans();
            std::vector<std::int32_t> next = nearest();
            if (next == m_clusters.codeOf)
                break;
            m_clusters.codeOf = std::move(next);
        }
        return std::move(m_clusters);
    }

private:
    float* centroid(std::int64_t code) { return m_clusters.centroids.data() + code * m_points.width; }

    // k-means++: each further centroid is a row, drawn by its squared distance from those before.
    void start()
    {
        std::vector<double> lengths(m_rows);
        for (std::size_t i = 0; i < m_rows; ++i)
            lengths[i] = squaredLength(m_points.row(std::int64_t(i)), m_points.width);
        std::int64_t drawn = static_cast<std::int64_t>(m_random.below(m_rows));
        while (drawn >= 0) {
            m_progress.checkCancelled();
            const float* row = m_points.row(drawn);
            m_clusters.centroids.insert(m_clusters.centroids.end(), row, row + m_points.width);
            if (++m_clusters.codes == m_request.codes)
                return;
            lookFrom(row, lengths[static_cast<std::size_t>(drawn)], lengths);
            drawn = drawByDistance();
        }
    }

    // |x|² + |c|² - 2 x·c, and exactly where that cancels: a row that is drawn twice would make an empty code.
    void lookFrom(const float* row, double length, const std::vector<double>& lengths)
    {
        std::vector<float> products(m_rows);
        kernels::scoreAll(m_points.rows, m_points.width, row, m_points.values, nullptr, products.data());
        for (std::size_t i = 0; i < m_rows; ++i) {
            const double both = lengths[i] + length;
            double distance = both - 2.0 * double(products[i]);
            if (distance < 1e-3 * both)
                distance = squaredDistance(m_points.row(std::int64_t(i)), row, m_points.width);
            m_distance[i] = std::min(m_distance[i], distance);
        }
    }

    // -1 when every row is a centroid already.
    std::int64_t drawByDistance()
    {
        double total = 0.0;
        for (const double d : m_distance)
            total += d;
        if (total <= 0.0)
            return -1;
        double left = m_random.uniform() * total;
        std::int64_t last = -1;
        for (std::size_t i = 0; i < m_rows; ++i) {
            if (m_distance[i] <= 0.0)
                continue;
            last = static_cast<std::int64_t>(i);
            left -= m_distance[i];
            if (left < 0.0)
                break;
        }
        return last;
    }

    // The largest x·c - |c|²/2.
    std::vector<std::int32_t> nearest()
    {
        m_progress.checkCancelled();
        std::vector<float> bias, scores(m_rows);
        for (std::int64_t code = 0; code < m_clusters.codes; ++code)
            bias.push_back(static_cast<float>(-0.5 * squaredLength(centroid(code), m_points.width)));
        std::vector<std::int32_t> ids(m_rows);
        kernels::TopK job;
        job.queries = m_points.rows;
        job.items = m_clusters.codes;
        job.width = m_points.width;
        job.k = 1;
        job.query = m_points.values;
        job.table = m_clusters.centroids.data();
        job.bias = bias.data();
        job.ids = ids.data();
        job.scores = scores.data();
        kernels::topK(job);
        return ids;
    }

    void moveToMeans()
    {
        const auto width = static_cast<std::size_t>(m_points.width);
        std::vector<double> sums(static_cast<std::size_t>(m_clusters.codes) * width, 0.0);
        std::vector<std::int64_t> counts(static_cast<std::size_t>(m_clusters.codes), 0);
        for (std::size_t i = 0; i < m_rows; ++i) {
            const auto code = static_cast<std::size_t>(m_clusters.codeOf[i]);
            const float* row = m_points.row(std::int64_t(i));
            ++counts[code];
            for (std::size_t d = 0; d < width; ++d)
                sums[code * width + d] += double(row[d]);
        }
        for (std::size_t code = 0; code < counts.size(); ++code)
            for (std::size_t d = 0; d < width && counts[code] > 0; ++d)
                m_clusters.centroids[code * width + d]
                    = static_cast<float>(sums[code * width + d] / double(counts[code]));
        if (std::find(counts.begin(), counts.end(), 0) != counts.end())
            refillEmpty(counts);
    }

    void refillEmpty(const std::vector<std::int64_t>& counts)
    {
        for (std::size_t i = 0; i < m_rows; ++i)
            m_distance[i]
                = squaredDistance(m_points.row(std::int64_t(i)), centroid(m_clusters.codeOf[i]), m_points.width);
        for (std::size_t code = 0; code < counts.size(); ++code) {
            if (counts[code] > 0)
                continue;
            const auto farthest = std::max_element(m_distance.begin(), m_distance.end());
            if (*farthest <= 0.0)
                return;
            *farthest = 0.0;
            const float* row = m_points.row(farthest - m_distance.begin());
            std::copy(row, row + m_points.width, centroid(std::int64_t(code)));
        }
    }

    const MatrixRows m_points;
    const ClusterRequest m_request;
    RandomStream& m_random;
    const Progress& m_progress;
    const std::size_t m_rows;
    std::vector<double> m_distance; // [rows] squared, from the nearest centroid
    Clusters m_clusters;
};

} // namespace

Clusters kMeans(const MatrixRows& points, const ClusterRequest& request, RandomStream& random, const Progress& progress)
{
    return KMeans(points, request, random, progress).run();
}

} // namespace recoscope
