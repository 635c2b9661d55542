// Joins the TURN client without I/O with a socket.
#include "load/client.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <utility>

#include "load/datagrams.hpp"
#include "turnpike/client/explain.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/probe/obstacle.hpp"
#include "turnpike/stun/channel_data.hpp"
#include "turnpike/stun/classify.hpp"
#include "turnpike/stun/error_code.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::bench {
namespace {

using stun::ErrorCode;

bool is(int code, ErrorCode expected) { return code == static_cast<int>(expected); }

client::ClientOptions options_of(const Target& target, Transport transport) {
  return {.username = target.username, .password = target.password, .transport = transport};
}

Endpoint any_port(const Target& target) {
  if (target.local != IpAddress{}) return {target.local, 0};
  return {target.server.address.is_v6() ? IpAddress::from_bytes(std::array<std::uint8_t, 16>{})
                                        : IpAddress::v4(0, 0, 0, 0),
          0};
}

}  // namespace

Client::Client(const Target& target, Transport transport, Random& random)
    : target_(target), transport_(transport), turn_(options_of(target, transport), random) {
  if (is_stream(transport)) {
    const bool tls = transport == Transport::tls;
    stream_ = std::make_unique<StreamLink>(server(), target.local, tls, target.name);
    if (!is_turn()) channel_ = stun::kChannelMin;  // a stream needs frames, whoever is at its other end
  } else {
    udp_ = open_udp(any_port(target));
    connect_socket(udp_.get(), target.server);
  }
}

void Client::allocate(TimePoint now) {
  busy_ = true;
  if (!is_turn()) {
    relayed_ = net::local_endpoint(fd());
    return finish();
  }
  turn_.allocate(now);
  flush();
}

void Client::permit(const Endpoint& peer, TimePoint now) {
  busy_ = true;
  if (!is_turn()) return finish();
  turn_.create_permission({peer}, now);
  flush();
}

void Client::bind(const Endpoint& peer, TimePoint now) {
  busy_ = true;
  if (!is_turn()) return finish();
  channel_ = turn_.bind_channel(peer, now);
  flush();
}

void Client::release(TimePoint now) {
  busy_ = true;
  if (!is_turn()) return finish();
  turn_.refresh(0, now);
  flush();
}

void Client::on_readable(TimePoint now) {
  if (stream_) {
    if (!stream_->read([&](Bytes frame) { turn_.on_receive(frame, now); }))
      finish("the server closed the connection, or what it sent is not TURN");
  } else {
    std::array<std::uint8_t, 2048> buffer;
    const long size = ::recv(udp_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) turn_.on_receive(Bytes(buffer).first(static_cast<std::size_t>(size)), now);
    if (size < 0 && errno == ECONNREFUSED) return finish(nobody_there(), true);
  }
  flush();
}

void Client::on_deadline(TimePoint now) {
  turn_.on_deadline(now);
  flush();
}

std::optional<TimePoint> Client::next_deadline() const { return turn_.next_deadline(); }

void Client::flush() {
  for (const client::Output& output : turn_.drain()) {
    const auto* transmit = std::get_if<client::Transmit>(&output);
    if (transmit == nullptr) {
      note(output);
    } else if (stream_) {
      stream_->queue(transmit->bytes);
    } else if (::send(udp_.get(), transmit->bytes.data(), transmit->bytes.size(), MSG_DONTWAIT) < 0 &&
               errno == ECONNREFUSED) {  // whatever else is not taken is sent again later
      finish(nobody_there(), true);
    }
  }
  if (stream_) stream_->flush();
}

void Client::note(const client::Output& output) {
  if (const auto* allocated = std::get_if<client::Allocated>(&output)) {
    relayed_ = allocated->relayed.front();
    finish();
  } else if (std::holds_alternative<client::PermissionCreated>(output) ||
             std::holds_alternative<client::ChannelBound>(output) ||
             std::holds_alternative<client::Refreshed>(output)) {
    finish();
  } else if (const auto* failed = std::get_if<client::Failed>(&output)) {
    over_quota_ = is(failed->code, ErrorCode::allocation_quota_reached);
    const bool hopeless = over_quota_ || is(failed->code, ErrorCode::try_alternate) ||
                          is(failed->code, ErrorCode::unauthenticated) ||
                          is(failed->code, ErrorCode::forbidden);
    finish(client::explain(*failed, !target_.username.empty()), hopeless);
  } else if (const auto* late = std::get_if<client::TimedOut>(&output)) {
    finish(client::describe(*late));
  } else if (std::holds_alternative<client::StreamBroken>(output)) {
    finish("what answers is no TURN server", true);
  }
}

void Client::finish(std::string error, bool hopeless) {
  busy_ = false;
  error_ = std::move(error);
  hopeless_ = hopeless;
}

const Endpoint& Client::server() const {
  return transport_ == Transport::tls ? target_.secure : target_.server;
}

std::string Client::silence() const { return probe::silence(transport_, server(), probe::Stage::open); }

std::string Client::nobody_there() const {
  return probe::obstacle(transport_, server(), probe::Stage::open, boost::asio::error::connection_refused);
}

std::vector<std::uint8_t> Client::prefix(Framing framing, const Endpoint& peer,
                                         std::size_t payload_bytes) const {
  if (!is_framed()) return {};
  if (framing == Framing::channel) {
    std::vector<std::uint8_t> header(stun::kChannelHeaderSize);
    stun::write_channel_header(header, channel_.value_or(0), payload_bytes);
    return header;
  }
  std::vector<std::uint8_t> message(kPrefixMax + padded4(payload_bytes));
  stun::MessageBuilder builder(message, stun::Method::send, stun::Class::indication, {});
  builder.add_xor_address(stun::Attr::xor_peer_address, peer);
  builder.add(stun::Attr::data, std::vector<std::uint8_t>(payload_bytes));
  message.resize(builder.bytes().size() - padded4(payload_bytes));
  return message;
}

std::optional<Bytes> Client::payload_of(Bytes received) const {
  if (!is_framed()) return received;
  if (!received.empty() && stun::classify(received[0]) == stun::PacketKind::channel_data) {
    const auto data = stun::parse_channel_data(received);
    return data ? data->payload : received;
  }
  const auto message = stun::MessageView::parse(received);
  if (!message) return received;
  return message->method() == stun::Method::data ? message->find(stun::Attr::data) : std::nullopt;
}

}  // namespace turnpike::bench
