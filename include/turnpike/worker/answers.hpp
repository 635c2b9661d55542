// A value that several threads fill with their answers while one thread waits for all of them.
#pragma once

#include <mutex>

namespace turnpike::worker {

// Holds the joined answers of several threads. Thread-safe. Share it by std::shared_ptr: a thread that
// answers too late may still write when the asker has gone.
template <class All>
class Answers {
 public:
  // Calls `change(all)` with the joined value under the lock.
  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change(all_);
  }
  // Returns a copy of what has been answered so far.
  All get() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  All all_{};
};

}  // namespace turnpike::worker
