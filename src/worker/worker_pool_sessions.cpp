// What operators ask of all workers: which allocations are alive, which are to end, what was refused.
#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/worker/answers.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::worker {
namespace {

namespace asio = boost::asio;

// Of a worker, which looks at some a turn; and so many sockets are closed in one of its turns.
constexpr Duration kAnswerMax = std::chrono::seconds(2);
constexpr std::size_t kEndedAtOnce = 64;
constexpr std::size_t kLookedAtOnce = 1000;

std::size_t worker_of(relay::AllocationId id) { return static_cast<std::size_t>(id >> 48); }

}  // namespace

// One worker after the other, as their ids are.
asio::awaitable<SessionPage> WorkerPool::find_sessions(SessionQuery query) {
  if (query.busiest) co_return co_await find_busiest(std::move(query));
  SessionPage page;
  const std::size_t wanted = query.max;
  for (std::size_t worker = worker_of(query.after); worker < workers_.size(); ++worker) {
    query.max = wanted - page.sessions.size();
    if (query.max == 0) {
      page.has_more = true;
      break;
    }
    SessionPage part = co_await find_sessions_of(worker, query);
    std::ranges::move(part.sessions, std::back_inserter(page.sessions));
    page.has_more = part.has_more;
    page.is_whole = page.is_whole && part.is_whole;
  }
  co_return page;
}

asio::awaitable<SessionPage> WorkerPool::find_sessions_of(std::size_t worker, SessionQuery query) {
  const auto found = std::make_shared<Answers<SessionPage>>();
  const Question question = [this, worker, query, found](std::size_t, std::function<void()> answer) {
    workers_[worker]->find_sessions(query, [found, answer = std::move(answer)](SessionPage page) {
      found->change([&](SessionPage& all) { all = std::move(page); });
      answer();
    });
  };
  if (co_await ask_all(1, kAnswerMax, question)) co_return found->get();
  log::write(log::Event::workers_are_late, {{"question", std::string("sessions")}});
  SessionPage nothing;
  nothing.is_whole = false;
  co_return nothing;
}

asio::awaitable<SessionPage> WorkerPool::find_busiest(SessionQuery query) {
  const auto found = std::make_shared<Answers<SessionPage>>();
  Question question = [this, query, found](std::size_t worker, std::function<void()> answer) {
    workers_[worker]->find_sessions(query, [found, answer = std::move(answer)](SessionPage page) {
      found->change([&](SessionPage& all) {
        std::ranges::move(page.sessions, std::back_inserter(all.sessions));
        all.has_more = all.has_more || page.has_more;
      });
      answer();
    });
  };
  const bool is_whole = co_await ask("sessions", std::move(question));
  SessionPage page = found->get();
  page.is_whole = is_whole;
  std::ranges::stable_sort(page.sessions, std::ranges::greater(),
                           [](const Session& each) { return each.pace.bits_per_second; });
  if (page.sessions.size() > query.max) {
    page.sessions.resize(query.max);
    page.has_more = true;
  }
  co_return page;
}

asio::awaitable<std::uint64_t> WorkerPool::bits_per_second() {
  const auto sum = std::make_shared<Answers<std::uint64_t>>();
  Question question = [this, sum](std::size_t worker, std::function<void()> answer) {
    workers_[worker]->read_pace([sum, answer = std::move(answer)](std::uint64_t bits_per_second) {
      sum->change([&](std::uint64_t& all) { all += bits_per_second; });
      answer();
    });
  };
  co_await ask("pace", std::move(question));
  co_return sum->get();
}

asio::awaitable<std::vector<Session>> WorkerPool::end(std::vector<relay::AllocationId> ids,
                                                      turn::EndReason reason) {
  std::ranges::sort(ids);
  std::vector<Session> ended;
  for (auto each = ids.begin(); each != ids.end();) {
    const std::size_t worker = worker_of(*each);
    std::vector<relay::AllocationId> part;
    for (; each != ids.end() && worker_of(*each) == worker && part.size() < kEndedAtOnce; ++each)
      part.push_back(*each);
    if (worker >= workers_.size()) continue;
    const auto found = std::make_shared<Answers<std::vector<Session>>>();
    const Question question = [this, worker, part, reason, found](std::size_t, std::function<void()> answer) {
      workers_[worker]->end(part, reason, [found, answer = std::move(answer)](std::vector<Session> sessions) {
        found->change([&](auto& all) { all = std::move(sessions); });
        answer();
      });
    };
    if (!co_await ask_all(1, kAnswerMax, question))
      log::write(log::Event::workers_are_late, {{"question", std::string("end")}});
    std::ranges::move(found->get(), std::back_inserter(ended));
  }
  co_return ended;
}

asio::awaitable<std::size_t> WorkerPool::end_latest(std::string user_id, std::uint32_t count,
                                                    TimePoint since) {
  SessionQuery query{.user_ids = std::make_shared<const std::vector<std::string>>(1, std::move(user_id)),
                     .max = kLookedAtOnce};
  std::vector<std::pair<TimePoint, relay::AllocationId>> latest;
  for (bool has_more = true; has_more;) {
    const SessionPage page = co_await find_sessions(query);
    for (const Session& each : page.sessions) {
      if (each.since >= since) latest.emplace_back(each.since, each.allocation);
    }
    has_more = page.has_more && !page.sessions.empty();
    if (has_more) query.after = page.sessions.back().allocation;
  }
  std::ranges::sort(latest, std::ranges::greater());
  std::vector<relay::AllocationId> ids;
  for (std::size_t i = 0; i < std::min<std::size_t>(count, latest.size()); ++i)
    ids.push_back(latest[i].second);
  co_return (co_await end(std::move(ids), turn::EndReason::over_quota)).size();
}

asio::awaitable<std::vector<RefusalRecord>> WorkerPool::find_refusals(RefusalQuery query) {
  const auto found = std::make_shared<Answers<std::vector<RefusalRecord>>>();
  Question question = [this, query, found](std::size_t worker, std::function<void()> answer) {
    workers_[worker]->find_refusals(query, [found, answer = std::move(answer)](const auto& records) {
      found->change([&](auto& all) { std::ranges::copy(records, std::back_inserter(all)); });
      answer();
    });
  };
  co_await ask("refusals", std::move(question));
  auto records = found->get();
  std::ranges::stable_sort(records, std::ranges::greater(), &RefusalRecord::at);
  if (records.size() > query.max) records.resize(query.max);
  co_return records;
}

}  // namespace turnpike::worker
