#include "turnpike/redis/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "turnpike/net/clock.hpp"
#include "turnpike/redis/secret_file.hpp"
#include "turnpike/redis/sentinel.hpp"

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;
using Role = Greeting::Role;

// Of several servers it is to be said which one.
Failure at(const Place& place, const Failure& failure) {
  return {failure.cause,
          failure.detail.empty() ? place.text() : fmt::format("{}: {}", place.text(), failure.detail)};
}

// The file is read each time, for passwords change.
Result<Greeting, Failure> greeting_for(const Login& login) {
  Greeting greeting{login.user, login.password};
  if (login.password_file.empty()) return greeting;
  auto secret = read_secret_file(login.password_file);
  if (!secret) return secret.error();
  greeting.password = std::move(*secret);
  return greeting;
}

// A handler may end whoever calls it, and itself.
template <class Handler, class... Arguments>
void call(const Handler& handler, const Arguments&... arguments) {
  const Handler own = handler;
  if (own) own(arguments...);
}

}  // namespace

Link::Link(const asio::any_io_executor& executor, Settings settings, Random& random)
    : executor_(executor),
      settings_(std::move(settings)),
      random_(random),
      tls_(make_client_tls(settings_.target.is_secure)),
      changed_(executor),
      pause_(executor),
      look_(executor) {}

void Link::set(Handlers handlers, std::vector<std::string> channels) {
  handlers_ = std::move(handlers);
  channels_ = std::move(channels);
}

asio::awaitable<void> Link::run(std::shared_ptr<Link> link) {
  Backoff backoff(link->random_, link->settings_.limits.retry_first, link->settings_.limits.retry_longest);
  while (!link->is_stopped_) {
    Duration lasted = Duration::zero();
    co_await link->run_once(lasted);
    if (link->is_stopped_) break;
    link->pause_.expires_after(backoff.after(lasted));
    co_await link->pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> Link::run_once(Duration& lasted) {
  ++attempts_;
  Verdict failure = co_await open();
  if (!failure && !is_stopped_) {
    const TimePoint since = net::read_clock().monotonic;
    is_connected_ = true;
    call(handlers_.connected);
    if (!is_stopped_ && !settings_.target.sentinels.empty())
      asio::co_spawn(executor_, watch(shared_from_this(), commands_), rethrow);
    while (!is_stopped_ && !failure_of_either()) co_await changed_.wait();
    is_connected_ = false;
    failure = failure_of_either();
    lasted = net::read_clock().monotonic - since;
  }
  if (is_stopped_) co_return;
  drop(*failure);
  last_failure_ = failure;
  call(handlers_.lost, *failure);
}

Link::Verdict Link::failure_of_either() const {
  for (const auto* connection : {&commands_, &messages_}) {
    if (*connection && (*connection)->failure()) return (*connection)->failure();
  }
  return std::nullopt;
}

asio::awaitable<Link::Verdict> Link::open() {
  if (settings_.target.sentinels.empty())
    co_return co_await open_at(settings_.target.place, Role::master_if_told);
  co_return co_await open_by_sentinels();
}

// Each in turn, beginning with the one that was right the last time: its master may be one of the past, as
// seen by who was cut off.
asio::awaitable<Link::Verdict> Link::open_by_sentinels() {
  const std::vector<Place>& sentinels = settings_.target.sentinels;
  Verdict failure;
  for (std::size_t i = 0; i < sentinels.size() && !is_stopped_; ++i) {
    const Place& sentinel = sentinels[sentinel_];
    const auto master = co_await find_master(sentinel);
    if (master) {
      master_ = *master;
      failure = co_await open_at(*master, Role::master_certainly);
      if (!failure) co_return failure;
      failure = at(*master, *failure);
    } else {
      failure = at(sentinel, master.error());
    }
    sentinel_ = (sentinel_ + 1) % sentinels.size();
  }
  co_return failure;
}

asio::awaitable<Result<Place, Failure>> Link::find_master(const Place& sentinel) {
  const auto greeting = greeting_for(settings_.target.sentinel_login);
  if (!greeting) co_return greeting.error();
  const auto to = co_await look_up(sentinel);
  if (!to) co_return to.error();
  if (const auto failure = co_await open_connection(asking_, *to, *greeting)) co_return *failure;
  std::vector<Command> question{ask_for_master(settings_.target.master)};
  const auto connection = asking_;
  const auto replies = co_await connection->ask(std::move(question));
  connection->end({Cause::stopped, ""});
  if (!replies) co_return replies.error();
  co_return read_master(replies->front());
}

// A server whose place another one has taken may take itself for the master still, for seconds, or for as
// long as it is cut off. Right after a failover, though, most sentinels may name the one of before, for two
// seconds.
asio::awaitable<void> Link::watch(std::shared_ptr<Link> link, std::shared_ptr<Connection> commands) {
  const auto is_over = [&] {
    return link->is_stopped_ || link->commands_ != commands || commands->failure();
  };
  const ClientLimits& limits = link->settings_.limits;
  for (Duration wait = limits.look_first; !is_over(); wait = limits.look_every) {
    link->look_.expires_after(wait);
    co_await link->look_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (is_over()) break;
    const auto successor = co_await link->find_successor();
    if (successor && !is_over())
      commands->end({Cause::not_a_master, "the sentinels name " + successor->text()});
  }
}

// Whom more than half of the sentinels name, if it is another one: a single one may have been cut off, and
// know only the past. Each look begins with another one, and mostly ends with it.
asio::awaitable<std::optional<Place>> Link::find_successor() {
  const std::vector<Place>& sentinels = settings_.target.sentinels;
  const std::size_t first = looks_++ % sentinels.size();
  std::optional<Place> successor;
  std::size_t votes = 0;
  for (std::size_t i = 0; i < sentinels.size() && is_connected_; ++i) {
    const std::size_t asked = (first + i) % sentinels.size();
    const auto named = co_await find_master(sentinels[asked]);
    if (!named || *named == master_) {
      if (i == 0) break;
      continue;
    }
    if (!successor) successor = *named;
    if (*named != *successor || ++votes * 2 <= sentinels.size()) continue;
    sentinel_ = asked;
    co_return successor;
  }
  co_return std::nullopt;
}

asio::awaitable<Link::Verdict> Link::open_at(const Place& place, Role role) {
  auto greeting = greeting_for(settings_.target.login);
  if (!greeting) co_return greeting.error();
  greeting->database = settings_.target.database;
  greeting->name = settings_.name;
  greeting->role = role;
  const auto to = co_await look_up(place);
  if (!to) co_return to.error();
  const Verdict failure = co_await open_connection(commands_, *to, *greeting);
  if (failure || channels_.empty()) co_return failure;
  greeting->channels = channels_;
  co_return co_await open_connection(messages_, *to, *greeting);
}

asio::awaitable<Result<Destination, Failure>> Link::look_up(const Place& place) {
  Destination to{{}, place.host, settings_.target.is_secure};
  if (!settings_.target.unix_path.empty()) {
    to.endpoints.emplace_back(asio::local::stream_protocol::endpoint(settings_.target.unix_path));
    co_return to;
  }
  const auto found = co_await names_.ask(place, settings_.limits.connect_max);
  if (!found) co_return Failure{Cause::unresolved, found.error()};
  to.endpoints.assign(found->begin(), found->end());
  // One that does not even refuse takes all the time there is: let another one be the first the next time.
  if (!found->empty())
    std::ranges::rotate(to.endpoints,
                        to.endpoints.begin() + static_cast<std::ptrdiff_t>(attempts_ % found->size()));
  co_return to;
}

asio::awaitable<Link::Verdict> Link::open_connection(std::shared_ptr<Connection>& connection,
                                                     const Destination& to, const Greeting& greeting) {
  if (is_stopped_) co_return Failure{Cause::stopped, ""};
  Connection::Handlers handlers;
  handlers.message = [this](const Message& message) {
    call(handlers_.message, message.channel, message.payload);
  };
  handlers.troubled = [this](const Failure& failure) { last_failure_ = failure; };
  handlers.ended = [this] { changed_.raise(); };
  connection = std::make_shared<Connection>(executor_, tls_, settings_.limits.session, std::move(handlers));
  const auto own = connection;
  co_return co_await own->open(to, greeting, settings_.limits.connect_max);
}

asio::awaitable<std::vector<Outcome>> Link::ask(std::shared_ptr<Link> link, std::vector<Command> commands) {
  const std::size_t count = commands.size();
  if (!link->is_connected()) {
    const std::string reason =
        link->last_failure_ ? link->last_failure_->text() : Failure{Cause::no_connection, ""}.text();
    co_return std::vector<Outcome>(count, Outcome(reason));
  }
  const auto connection = link->commands_;
  auto replies = co_await connection->ask(std::move(commands));
  if (!replies) co_return std::vector<Outcome>(count, Outcome(replies.error().text()));
  std::vector<Outcome> outcomes;
  for (Reply& reply : *replies) {
    if (reply.is_error()) {
      outcomes.emplace_back(std::move(reply.text));
    } else {
      outcomes.emplace_back(std::move(reply));
    }
  }
  co_return outcomes;
}

void Link::drop(const Failure& failure) {
  look_.cancel();
  for (auto* connection : {&asking_, &commands_, &messages_}) {
    if (const auto dropped = std::exchange(*connection, nullptr)) dropped->end(failure);
  }
}

void Link::stop() {
  if (std::exchange(is_stopped_, true)) return;
  is_connected_ = false;
  last_failure_ = Failure{Cause::stopped, ""};
  handlers_ = {};
  drop(*last_failure_);
  changed_.raise();
  pause_.cancel();
}

}  // namespace turnpike::redis
