// A map of bounded size that evicts the key that was put longest ago.
#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace turnpike::livekit {

// Maps texts to values in the order in which they were put. Every operation is O(1). Not thread-safe.
template <class Value>
class AgeingMap {
 public:
  struct Entry {
    std::string key;
    Value value;
  };

  // Makes a map of at most `size_max` entries, at least 1.
  explicit AgeingMap(std::size_t size_max) : size_max_(size_max) {}
  AgeingMap(const AgeingMap&) = delete;  // the index points into the list
  AgeingMap& operator=(const AgeingMap&) = delete;

  // Returns the value of a key, nullptr if there is none; valid until the key is erased.
  const Value* find(std::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->value;
  }

  // Puts a key, new or again, as the youngest. Returns the oldest entry if that had to make room.
  std::optional<Entry> put(std::string_view key, Value value) {
    take(key);
    std::optional<Entry> evicted;
    if (entries_.size() == size_max_) evicted = take(entries_.front().key);
    entries_.push_back({std::string(key), std::move(value)});
    by_key_.emplace(entries_.back().key, std::prev(entries_.end()));
    return evicted;
  }

  // Erases a key and returns its entry; none if the map lacks the key. `key` may be the one in the map.
  std::optional<Entry> take(std::string_view key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    const auto entry = found->second;
    by_key_.erase(found);
    std::optional<Entry> taken = std::move(*entry);
    entries_.erase(entry);
    return taken;
  }

  std::size_t size() const { return entries_.size(); }
  // Iterate over the entries, the oldest first.
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  std::size_t size_max_;
  std::list<Entry> entries_;
  // Points into entries_, which also owns the keys.
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key_;
};

}  // namespace turnpike::livekit
