// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The best so many of what is offered, by a strict order. Not thread-safe.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace recoscope {

// Better(a, b): a comes before b.
template <class Entry, class Better> class BestList {
public:
    explicit BestList(std::size_t capacity)
        : m_capacity(capacity)
    {
    }

    bool full() const { return m_heap.size() == m_capacity; }
    const Entry& worst() const { return m_heap.front(); } // of a list that is not empty
    bool takes(const Entry& entry) const { return !full() || Better()(entry, worst()); }
    // Only what the list takes.
    void add(const Entry& entry)
    {
        if (full()) {
            std::pop_heap(m_heap.begin(), m_heap.end(), Better());
            m_heap.back() = entry;
        } else {
            m_heap.push_back(entry);
        }
        std::push_heap(m_heap.begin(), m_heap.end(), Better());
    }
    // Best first; the list is empty afterwards.
    std::vector<Entry> take()
    {
        std::sort_heap(m_heap.begin(), m_heap.end(), Better());
        return std::exchange(m_heap, {});
    }

private:
    std::size_t m_capacity;
    std::vector<Entry> m_heap; // the worst on top
};

} // namespace recoscope
