#include "turnpike/path/udp_path.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::path {
namespace {

auto is_at(const Endpoint& local) {
  return [local](const net::UdpSocket& socket) { return socket.is_open() && socket.local() == local; };
}

}  // namespace

UdpPath::UdpPath(std::uint32_t worker, std::vector<net::UdpSocket> listeners, net::ReceiveBatch& batch,
                 net::SendQueue& sends)
    : worker_(worker), listeners_(std::move(listeners)), batch_(batch), sends_(sends) {
  ready_.reserve(listeners_.size());
  inbound_.reserve(batch.free_count() * net::kSegmentsMax);
}

void UdpPath::watch(net::Poller& poller, std::uint64_t token) {
  for (std::size_t i = 0; i < listeners_.size(); ++i) poller.add_or_throw(listeners_[i].fd(), token + i);
  poller_ = &poller;
  token_ = token;
}

boost::system::error_code UdpPath::watch(std::uint32_t listener) {
  return poller_->add(listeners_[listener].fd(), token_ + listener);
}

boost::system::error_code UdpPath::listen(net::UdpSocket listener) {
  const auto index = static_cast<std::uint32_t>(listeners_.size());
  listeners_.push_back(std::move(listener));
  const auto error = watch(index);
  if (error) unwatched_.push_back(index);
  return error;
}

// The poller may have reported it in this very turn.
std::optional<net::UdpSocket> UdpPath::close(const Endpoint& listener) {
  const auto found = std::ranges::find_if(listeners_, is_at(listener));
  if (found == listeners_.end()) return std::nullopt;
  const auto index = static_cast<std::uint32_t>(found - listeners_.begin());
  sends_.flush();  // which knows the descriptor
  std::optional<net::UdpSocket> closed(std::move(*found));
  static_cast<void>(poller_->remove(closed->fd()));  // where it was not watched there is nothing to remove
  std::erase(ready_, index);
  std::erase(unwatched_, index);
  std::erase_if(waiting_, [&](const Kept& request) { return request.client.ref.path == index; });
  return closed;
}

// Which worker gets a packet follows from whether the socket is bound to its address, so the kernel spreads
// clients otherwise by then.
bool UdpPath::reaches(const relay::Client& client) const {
  const net::UdpSocket& own = listeners_[client.ref.path];
  if (!own.is_open()) return false;
  return !own.wildcard() || std::ranges::none_of(listeners_, is_at(client.tuple.server.plain()));
}

void UdpPath::on_deadline(TimePoint now) {
  if (unwatched_.empty() || now < rest_until_) return;
  std::erase_if(unwatched_, [&](std::uint32_t listener) { return !watch(listener); });
  rest_until_ = now + kRest;
}

std::optional<TimePoint> UdpPath::next_deadline() const {
  return unwatched_.empty() ? std::nullopt : std::optional(rest_until_);
}

void UdpPath::begin_turn() {
  ready_.clear();
  requests_left_ = kRequestsOfClientsPerTurn;
  taken_.clear();
}

std::span<const Inbound> UdpPath::next_batch() {
  inbound_.clear();
  while (inbound_.empty() && !ready_.empty()) {
    receive(ready_.back());
    ready_.pop_back();
  }
  return inbound_;
}

std::span<const Inbound> UdpPath::take_strangers() {
  inbound_.clear();
  while (!waiting_.empty() && taken_.size() < kRequestsOfStrangersPerTurn) {
    taken_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    inbound_.push_back({taken_.back().frame, taken_.back().client, taken_.back().traffic_class});
  }
  return inbound_;
}

void UdpPath::receive(std::uint32_t listener) {
  const net::UdpSocket& socket = listeners_[listener];
  batch_.reset();
  for (const net::Datagram& datagram : batch_.receive(socket)) {
    const IpAddress& server = socket.wildcard() ? datagram.to : socket.local().address;
    const FiveTuple tuple{ClientEndpoint(datagram.from), {server, socket.local().port}, Transport::udp, {}};
    inbound_.push_back({datagram.payload, {tuple, {worker_, listener}}, datagram.tos});
    if (is_request(datagram.payload)) judge_last();
  }
}

// What a client with an allocation sends keeps its order.
void UdpPath::judge_last() {
  const Inbound& request = inbound_.back();
  if (!clients_.contains(request.client.tuple)) {
    if (!keep(request)) ++requests_dropped_;
  } else if (requests_left_ > 0) {
    requests_left_ -= std::min(cost_of(request.frame), requests_left_);
    return;
  } else {
    ++requests_dropped_;
  }
  inbound_.pop_back();
}

bool UdpPath::keep(const Inbound& request) {
  if (waiting_.size() == kRequestsOfStrangersMax || request.frame.size() > kRequestMaxOfStranger)
    return false;
  waiting_.push_back({{request.frame.begin(), request.frame.end()}, request.client, request.traffic_class});
  return true;
}

void UdpPath::note_allocation(const FiveTuple& client, bool holds_one) {
  if (holds_one) {
    clients_.insert(client);
  } else {
    clients_.erase(client);
  }
}

void UdpPath::send_response(const relay::Client& client, std::vector<std::uint8_t> bytes) {
  const net::UdpSocket& socket = listeners_[client.ref.path];
  sends_.push_kept(socket, std::move(bytes), client.tuple.client.plain(),
                   options_of(socket, client.tuple, 0));
}

}  // namespace turnpike::path
