// Workers that run in threads, and clients and peers on real sockets, for the tests of the shell.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "temporary_folder.hpp"
#include "turnpike/client/turn_client.hpp"
#include "turnpike/net/receive_batch.hpp"
#include "turnpike/worker/worker.hpp"

namespace turnpike::shell {

inline constexpr Duration kPatience = std::chrono::seconds(5);        // only a test that fails waits so long
inline constexpr Duration kSilence = std::chrono::milliseconds(100);  // loopback would have delivered by then

TimePoint clock_now();
// Asks again and again, until it is true or the time is over.
bool becomes_true(const std::function<bool()>& condition, Duration patience = std::chrono::seconds(1));

inline Endpoint loopback(std::uint16_t port) { return {IpAddress::v4(127, 0, 0, 1), port}; }
// An address of 127.0.0.0/8 of this process alone: all its ports are free, whatever other tests bind
// meanwhile.
IpAddress own_loopback();
// Free for UDP and TCP, and so is the next one; below the ports that the kernel gives away by itself.
std::uint16_t free_port();
bool has_ipv6_loopback();

// A throw-away certificate; clients see the serial number.
net::TlsFiles make_certificate(const TemporaryFolder& folder, int serial);

// UDP, TCP (one port) and TLS (the next port) on 127.0.0.1, relays and peers there too, user "user" with
// password "pass".
config::Config loopback_config();
config::ListenConfig loopback_listeners();

// A UDP socket of a peer or a client.
class UdpPort {
 public:
  struct Received {
    std::string text;
    Endpoint from;
    std::uint8_t tos;
  };

  explicit UdpPort(const Endpoint& local = loopback(0), bool gro = false);

  int fd() const { return socket_.fd(); }
  const Endpoint& local() const { return socket_.local(); }
  void send(std::string_view text, const Endpoint& to, std::uint8_t tos = 0);
  std::optional<Received> receive(Duration patience = kPatience);
  // The texts that wait, of one datagram or of a run that came joined.
  std::vector<std::string> receive_joined(Duration patience = kPatience);
  // By one call; all but the last text have the same length.
  void send_as_run(const std::vector<std::string>& texts, const Endpoint& to);

 private:
  bool wait_readable(Duration patience) const;

  net::UdpSocket socket_;
  net::ReceiveBatch batch_;
};

// A client's way to the server.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual Transport transport() const = 0;
  virtual void send(Bytes bytes) = 0;
  // Nothing within that time, or the end of the connection, gives nothing.
  virtual std::string receive(Duration patience) = 0;
  bool has_ended() const { return ended_; }

 protected:
  bool ended_ = false;
};

class UdpWire final : public Wire {
 public:
  explicit UdpWire(const Endpoint& server, const Endpoint& local = loopback(0), bool gro = false)
      : port_(local, gro), server_(server) {}
  Transport transport() const override { return Transport::udp; }
  void send(Bytes bytes) override { port_.send(as_text(bytes), server_, tos); }
  std::string receive(Duration patience) override;
  UdpPort& port() { return port_; }

  std::uint8_t tos = 0;           // of what is sent
  std::uint8_t tos_received = 0;  // of the latest datagram, as is the next
  Endpoint from;

 private:
  UdpPort port_;
  Endpoint server_;
};

class TcpWire : public Wire {
 public:
  // 0: the kernel's buffer.
  explicit TcpWire(const Endpoint& server, int receive_buffer_bytes = 0);
  Transport transport() const override { return Transport::tcp; }
  void send(Bytes bytes) override;
  std::string receive(Duration patience) override;
  // Sends `bytes` again and again, until the socket takes no more; returns how many of them it took.
  virtual std::size_t fill(Bytes bytes);
  // What was sent has reached the other end's kernel.
  bool has_delivered() const;
  void half_close() const;
  void close() { fd_.reset(); }
  void abort();  // with a reset
  Endpoint local() const;

 protected:
  bool wait_readable(Duration patience) const;
  // The part of `bytes` behind what fill() has sent of it.
  Bytes rest_of(Bytes bytes) const { return bytes.subspan(filled_ % bytes.size()); }
  net::FileDescriptor fd_;
  std::size_t filled_ = 0;
};

class TlsWire final : public TcpWire {
 public:
  // Asks for the name, and to go on with the session, if there are any.
  explicit TlsWire(const Endpoint& server, const char* name = nullptr, SSL_SESSION* session = nullptr);
  Transport transport() const override { return Transport::tls; }
  void send(Bytes bytes) override;
  std::string receive(Duration patience) override;
  std::size_t fill(Bytes bytes) override;
  long certificate_serial() const;
  // Of the last ticket that has been received.
  std::shared_ptr<SSL_SESSION> session() const { return {SSL_get1_session(ssl_.get()), &SSL_SESSION_free}; }
  bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  // close_notify only: the connection stays open.
  void say_goodbye() { SSL_shutdown(ssl_.get()); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

std::unique_ptr<Wire> connect(Transport transport, const config::ListenConfig& listen);
// The server closes the connection within that time; what it says before does not matter.
bool is_closed(Wire& wire, Duration patience = std::chrono::seconds(1));

class TestClient {
 public:
  explicit TestClient(std::unique_ptr<Wire> wire,
                      client::ClientOptions options = {.username = "user", .password = "pass"});
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  Wire& wire() { return *wire_; }
  client::TurnClient& turn() { return turn_; }

  // The next output of this kind. Nothing if the server refuses or does not answer.
  template <class T>
  std::optional<T> next(Duration patience = kPatience);
  // Throws where next() gives nothing.
  template <class T>
  T expect() {
    if (auto output = next<T>()) return std::move(*output);
    throw std::runtime_error(std::string("no ") + typeid(T).name() + ", " + what_failed());
  }

  Endpoint allocate();    // the relayed transport address
  bool try_allocation();  // whether it gets one, which it gives back
  void permit(const Endpoint& peer);
  void bind(const Endpoint& peer);
  void send(const Endpoint& peer, std::string_view text);
  // The text of the next datagram from this peer; "" if there is none.
  std::string data_from(const Endpoint& peer, Duration patience = kPatience);

 private:
  void flush();
  void receive(TimePoint until);
  bool has_failed() const;
  std::string what_failed() const;

  std::unique_ptr<Wire> wire_;
  SeededRandom random_;
  client::TurnClient turn_;
  std::vector<client::Output> outputs_;
};

// Workers that serve until stop(), at the latest until the end.
class RunningServer {
 public:
  // `config.workers` that share config.listen; or one worker for each of `apart`, alone on its listeners.
  // `prepare` sees each worker before it runs.
  explicit RunningServer(const config::Config& config, const std::vector<config::ListenConfig>& apart = {},
                         const std::function<void(worker::Worker&)>& prepare = {});
  ~RunningServer() { stop(); }

  TestClient connect(Transport transport,
                     client::ClientOptions options = {.username = "user", .password = "pass"}) const;
  Endpoint udp() const { return config_.listen.udp.front(); }
  Endpoint tcp() const { return config_.listen.tcp.front(); }
  Endpoint tls() const { return config_.listen.tls.front(); }

  const config::ListenConfig& listen() const { return config_.listen; }

  void reload(const config::Config& config);  // the certificate stays if there is no other
  void drain();
  void set_alternates(const turn::Alternates& alternates);
  // What the workers report, until all have answered the question that `ask` puts to each.
  std::vector<relay::UsageReport> ask(
      const std::function<void(worker::Worker&, std::function<void()> done)>& ask);
  // All workers said so.
  bool is_empty() const { return filled_workers_ == 0; }
  // How long it took.
  Duration stop();
  std::size_t allocations() { return ledger_.counts(clock_now()).places; }

 private:
  TemporaryFolder folder_;
  config::Config config_;
  worker::ReservedSockets reserved_;
  turn::Ledger ledger_;
  relay::Meters meters_;
  path::ConnectionLimiter connections_;
  std::vector<std::unique_ptr<worker::Worker>> workers_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> filled_workers_;
  std::mutex reports_mutex_;
  std::vector<relay::UsageReport> reports_;
};

template <class T>
std::optional<T> TestClient::next(Duration patience) {
  const TimePoint until = clock_now() + patience;
  for (;;) {
    flush();
    for (auto output = outputs_.begin(); output != outputs_.end(); ++output) {
      if (!std::holds_alternative<T>(*output)) continue;
      T found = std::move(std::get<T>(*output));
      outputs_.erase(output);
      return found;
    }
    if (has_failed() || wire_->has_ended() || clock_now() >= until) return std::nullopt;
    receive(until);
  }
}

}  // namespace turnpike::shell
