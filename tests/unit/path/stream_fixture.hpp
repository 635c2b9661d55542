// A StreamPath whose turns the test takes, at times that it chooses; clients are real sockets.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "shell/support.hpp"
#include "turnpike/path/stream_path.hpp"
#include "turnpike/stun/builder.hpp"

namespace turnpike::path {

using namespace shell;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr TimePoint kStart = TimePoint(std::chrono::hours(1));

inline std::string binding() {
  std::array<std::uint8_t, stun::kHeaderSize> buffer;
  return std::string(
      as_text(stun::MessageBuilder(buffer, stun::Method::binding, stun::Class::request, {}).bytes()));
}

class StreamPathTest : public ::testing::Test {
 protected:
  explicit StreamPathTest(std::vector<IpPrefix> balancers = {}, const StreamPath::Options& options = {})
      : admission_(limiter_, std::move(balancers)), path_(options, admission_) {
    for (const Transport transport : {Transport::tcp, Transport::tls}) {
      auto listener = net::Listener::open({.local = loopback(0)}).value();
      (transport == Transport::tcp ? tcp_ : tls_) = listener.local();
      path_.listen({std::move(listener), transport});
    }
    path_.watch(poller_, kLanes, kListeners);
    const TemporaryFolder folder;
    admission_.set_tls(std::make_shared<net::TlsContext>(make_certificate(folder, 1)));
  }

  // One turn, as seen at `now`. False: nothing was ready within a while.
  bool run_once(TimePoint now, Duration patience = milliseconds(20)) {
    const auto events = poller_.wait(path_.has_waiting() ? Duration::zero() : patience);
    const bool any = !events.empty() || path_.has_waiting();
    path_.begin_turn(now);
    for (const net::Ready& event : events) {
      const auto index = static_cast<std::uint32_t>(event.token & 0xFF);
      event.token < kListeners ? path_.note_ready(static_cast<Standing>(index))
                               : path_.note_listener_ready(index);
    }
    take(Standing::client);
    path_.receive_arrivals();
    take(Standing::stranger);
    path_.flush();
    note_gone();
    return any;
  }
  // All that is ready.
  void run(TimePoint now) {
    while (run_once(now)) {
    }
  }

  TcpWire accept(TimePoint now) {
    TcpWire wire(tcp_);
    run(now);
    return wire;
  }

  void send(TcpWire& wire, std::string_view text, TimePoint now) {
    wire.send(as_bytes(text));
    run(now);
  }

  // The number of connections that are left.
  std::size_t left_at(TimePoint now) {
    path_.on_deadline(now);
    note_gone();
    return path_.size();
  }

  void take(Standing standing) {
    for (auto batch = path_.next_batch(standing); !batch.empty(); batch = path_.next_batch(standing)) {
      ++batches_;
      for (const Inbound& inbound : batch) {
        frames_.emplace_back(as_text(inbound.frame));
        clients_.push_back(inbound.client);
        if (on_each_) on_each_(inbound.client);
      }
    }
  }
  void note_gone() {
    while (const auto client = path_.next_gone()) gone_.push_back(client->ref.path);
  }

  static constexpr std::uint64_t kLanes = 0x100;
  static constexpr std::uint64_t kListeners = 0x200;

  net::Poller poller_;
  ConnectionLimiter limiter_{{.per_address = 100}};
  Admission admission_;
  StreamPath path_;
  Endpoint tcp_;
  Endpoint tls_;
  std::vector<std::string> frames_;
  std::vector<relay::Client> clients_;  // of frames_
  std::vector<StreamPath::StreamId> gone_;
  std::function<void(const relay::Client&)> on_each_;
  int batches_ = 0;
};

}  // namespace turnpike::path
