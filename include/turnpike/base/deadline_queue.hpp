// A set of keys with deadlines, the earliest first.
#pragma once

#include <boost/heap/d_ary_heap.hpp>
#include <optional>
#include <unordered_map>

#include "turnpike/base/time.hpp"

namespace turnpike {

// Holds at most one deadline for each key. Setting, moving and removing cost O(log n). Not thread-safe.
template <class Key>
class DeadlineQueue {
 public:
  // Adds the key or moves its deadline.
  void set(const Key& key, TimePoint deadline) {
    if (const auto found = handles_.find(key); found != handles_.end()) {
      heap_.update(found->second, Entry{deadline, key});
    } else {
      handles_.emplace(key, heap_.push(Entry{deadline, key}));
    }
  }

  void remove(const Key& key) {
    if (const auto found = handles_.find(key); found != handles_.end()) {
      heap_.erase(found->second);
      handles_.erase(found);
    }
  }

  // Returns the earliest deadline, or nullopt if the queue is empty.
  std::optional<TimePoint> next() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.top().deadline);
  }

  // Removes and returns one key whose deadline is not after `now`; nullopt if there is none.
  std::optional<Key> pop_due(TimePoint now) {
    if (heap_.empty() || heap_.top().deadline > now) return std::nullopt;
    const Key key = heap_.top().key;
    heap_.pop();
    handles_.erase(key);
    return key;
  }

  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    TimePoint deadline;
    Key key;
    bool operator<(const Entry& other) const { return other.deadline < deadline; }  // the earliest on top
  };
  using Heap = boost::heap::d_ary_heap<Entry, boost::heap::arity<4>, boost::heap::mutable_<true>>;

  Heap heap_;
  std::unordered_map<Key, typename Heap::handle_type> handles_;
};

}  // namespace turnpike
