#include "turnpike/redis/client.hpp"

#include <utility>

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;

asio::awaitable<Outcome> ask_one(std::shared_ptr<Link> link, Command command) {
  std::vector<Command> commands{std::move(command)};
  auto outcomes = co_await Link::ask(std::move(link), std::move(commands));
  co_return std::move(outcomes.front());
}

}  // namespace

Client::Client(const asio::any_io_executor& executor, Settings settings, Random& random)
    : link_(std::make_shared<Link>(executor, std::move(settings), random)) {}

Client::~Client() { stop(); }

void Client::subscribe(std::vector<std::string> channels,
                       std::function<void(std::string_view channel, std::string_view payload)> handler) {
  channels_ = std::move(channels);
  handlers_.message = std::move(handler);
}

void Client::on_connected(std::function<void()> handler) { handlers_.connected = std::move(handler); }

void Client::on_lost(std::function<void(const Failure&)> handler) { handlers_.lost = std::move(handler); }

void Client::start() {
  link_->set(std::move(handlers_), std::move(channels_));
  asio::co_spawn(link_->executor(), Link::run(link_), rethrow);
}

void Client::stop() { link_->stop(); }

asio::awaitable<Outcome> Client::ask(Command command) { return ask_one(link_, std::move(command)); }

asio::awaitable<std::vector<Outcome>> Client::ask_all(std::vector<Command> commands) {
  return Link::ask(link_, std::move(commands));
}

}  // namespace turnpike::redis
