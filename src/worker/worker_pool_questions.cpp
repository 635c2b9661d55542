// What all workers are asked at once, and what becomes of their answers.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/log/log.hpp"
#include "turnpike/worker/answers.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::worker {
namespace {

namespace asio = boost::asio;

constexpr Duration kAnswerMax = std::chrono::seconds(1);  // of a worker

}  // namespace

asio::awaitable<void> WorkerPool::read_usage() {
  Question question = [this](std::size_t worker, std::function<void()> done) {
    workers_[worker]->read_usage(std::move(done));
  };
  co_await ask("usage", std::move(question));
}

asio::awaitable<CountersOfWorkers> WorkerPool::read_counters() {
  const auto answers = std::make_shared<Answers<CountersOfWorkers>>();
  answers->change([this](CountersOfWorkers& all) { all.resize(workers_.size()); });
  Question question = [this, answers](std::size_t worker, std::function<void()> done) {
    workers_[worker]->read_counters([answers, worker, done = std::move(done)](const Counters& counters) {
      answers->change([&](CountersOfWorkers& all) { all[worker] = counters; });
      done();
    });
  };
  co_await ask("counters", std::move(question));
  co_return answers->get();
}

asio::awaitable<bool> WorkerPool::revoke(std::vector<std::string> user_ids) {
  const auto shared = std::make_shared<const std::vector<std::string>>(std::move(user_ids));
  Question question = [this, shared](std::size_t worker, std::function<void()> done) {
    workers_[worker]->revoke(shared, std::move(done));
  };
  co_return co_await ask("revocation", std::move(question));
}

// Nobody, where that would be too few. Those that somebody else has ended meanwhile, who waits for a place as
// well, count for that one.
asio::awaitable<void> WorkerPool::end_abandoned(turn::EndAbandoned wanted, std::function<void()> done) {
  const auto silent = co_await find_silent(wanted.user_id);
  if (silent.size() >= wanted.places) {
    co_await end_some(silent, wanted.places);
  } else if (make_room_) {
    co_return make_room_(wanted.user_id, wanted.places, std::move(done));
  }
  done();
}

asio::awaitable<std::size_t> WorkerPool::end_silent_of(std::string user_id, std::uint32_t count) {
  co_return co_await end_some(co_await find_silent(std::move(user_id)), count);
}

asio::awaitable<std::size_t> WorkerPool::end_some(std::vector<turn::Silent> silent, std::uint32_t count) {
  std::size_t ended = 0;
  for (auto each = silent.begin(); each != silent.end() && ended < count; ++each) {
    if (co_await end_silent(*each)) ++ended;
  }
  co_return ended;
}

asio::awaitable<std::vector<turn::Silent>> WorkerPool::find_silent(std::string user_id) {
  const auto found = std::make_shared<Answers<std::vector<turn::Silent>>>();
  Question question = [this, user_id, found](std::size_t worker, std::function<void()> answer) {
    workers_[worker]->find_silent(user_id, [found, answer](std::vector<turn::Silent> silent) {
      found->change([&](auto& all) { all.insert(all.end(), silent.begin(), silent.end()); });
      answer();
    });
  };
  co_await ask("silent", std::move(question));
  auto silent = found->get();
  std::ranges::sort(silent);
  co_return silent;
}

asio::awaitable<bool> WorkerPool::end_silent(turn::Silent silent) {
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  const Question question = [this, silent, ended](std::size_t, std::function<void()> answer) {
    owner_of(silent.allocation).end_silent(silent, [ended, answer = std::move(answer)](bool has_ended) {
      *ended = has_ended;
      answer();
    });
  };
  co_await ask_all(1, kAnswerMax, question);
  co_return *ended;
}

Worker& WorkerPool::owner_of(relay::AllocationId allocation) {
  return *workers_.at(static_cast<std::size_t>(allocation >> 48));
}

asio::awaitable<bool> WorkerPool::ask(std::string_view what, Question question) {
  const bool in_time = co_await ask_all(workers_.size(), kAnswerMax, question);
  if (!in_time) log::write(log::Event::workers_are_late, {{"question", std::string(what)}});
  co_return in_time;
}

}  // namespace turnpike::worker
