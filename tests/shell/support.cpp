// Sockets, clients and a server in threads for the tests of the shell.
#include "shell/support.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/worker/policies.hpp"

namespace turnpike::shell {
namespace {

constexpr std::uint16_t kPortMin = 10000;
constexpr std::uint16_t kPorts = 20000;

int milliseconds_of(Duration duration) {
  return static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(duration, Duration::zero())).count());
}

bool is_free(std::uint16_t port) {
  const Endpoint any{IpAddress::v4(0, 0, 0, 0), port};
  return net::UdpSocket::open({.local = any}).has_value() && net::Listener::open({.local = any}).has_value();
}

turn::LedgerOptions ledger_options(const config::Config& config, worker::ReservedSockets& reserved) {
  turn::LedgerOptions options;
  options.addresses = config.relay.addresses;
  options.released = [&reserved](const RelayEndpoint& relay) { reserved.close(relay); };
  return options;
}

client::ClientOptions with_transport(client::ClientOptions options, Transport transport) {
  options.transport = transport;
  return options;
}

}  // namespace

TimePoint clock_now() { return net::read_clock().monotonic; }

bool becomes_true(const std::function<bool()>& condition, Duration patience) {
  const TimePoint until = clock_now() + patience;
  while (!condition()) {
    if (clock_now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

IpAddress own_loopback() {
  const auto pid = static_cast<std::uint32_t>(::getpid());  // at most 22 bits: PID_MAX_LIMIT of Linux
  const auto byte = [pid](int shift) { return static_cast<std::uint8_t>(pid >> shift); };
  return IpAddress::v4(127, static_cast<std::uint8_t>(0x80 | byte(16)), byte(8), byte(0));
}

std::uint16_t free_port() {
  static std::uint32_t last =
      static_cast<std::uint32_t>(::getpid()) * 20;  // programs that run at the same time begin elsewhere
  for (int attempt = 0; attempt < 1000; ++attempt) {
    last += 2;
    const auto port = static_cast<std::uint16_t>(kPortMin + last % kPorts);
    if (is_free(port) && is_free(static_cast<std::uint16_t>(port + 1))) return port;
  }
  throw std::runtime_error("no free port");
}

bool has_ipv6_loopback() { return net::UdpSocket::open({.local = *Endpoint::parse("[::1]:0")}).has_value(); }

net::TlsFiles make_certificate(const TemporaryFolder& folder, int serial) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());

  struct Close {
    void operator()(FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<FILE, Close>;
  const net::TlsFiles files{folder.path(fmt::format("{}.pem", serial)),
                            folder.path(fmt::format("{}.key", serial))};
  PEM_write_X509(File(std::fopen(files.certificate.c_str(), "w")).get(), certificate.get());
  PEM_write_PrivateKey(File(std::fopen(files.key.c_str(), "w")).get(), key.get(), nullptr, nullptr, 0,
                       nullptr, nullptr);
  return files;
}

config::ListenConfig loopback_listeners() {
  const std::uint16_t port = free_port();
  config::ListenConfig listen;
  listen.udp = listen.tcp = {loopback(port)};
  listen.tls = {loopback(static_cast<std::uint16_t>(port + 1))};
  return listen;
}

config::Config loopback_config() {
  config::Config config;
  config.workers = 1;
  config.listen = loopback_listeners();
  config.relay.addresses = {IpAddress::v4(127, 0, 0, 1)};
  config.credentials.users = {{"user", "pass"}};
  config.peers.allow = {{*IpPrefix::parse("127.0.0.0/8")}};
  config.control = {"", {}};
  return config;
}

UdpPort::UdpPort(const Endpoint& local, bool gro)
    : socket_(net::UdpSocket::open({.local = local, .gro = gro, .buffer_bytes = 4 << 20}).value()),
      batch_(1) {}

void UdpPort::send(std::string_view text, const Endpoint& to, std::uint8_t tos) {
  net::SendQueue queue(1);
  queue.push(socket_, as_bytes(text), to, {.tos = tos});
  queue.flush();
}

void UdpPort::send_as_run(const std::vector<std::string>& texts, const Endpoint& to) {
  net::SendQueue queue;
  for (const std::string& text : texts) queue.push(socket_, as_bytes(text), to);
  queue.flush();
}

bool UdpPort::wait_readable(Duration patience) const {
  pollfd wanted{.fd = fd(), .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, milliseconds_of(patience)) == 1;
}

std::optional<UdpPort::Received> UdpPort::receive(Duration patience) {
  if (!wait_readable(patience)) return std::nullopt;
  batch_.reset();
  const auto datagrams = batch_.receive(socket_);
  if (datagrams.empty()) return std::nullopt;
  const net::Datagram& datagram = datagrams.front();
  return Received{std::string(as_text(datagram.payload)), datagram.from, datagram.tos};
}

std::vector<std::string> UdpPort::receive_joined(Duration patience) {
  std::vector<std::string> texts;
  if (!wait_readable(patience)) return texts;
  batch_.reset();
  for (const net::Datagram& datagram : batch_.receive(socket_)) texts.emplace_back(as_text(datagram.payload));
  return texts;
}

std::string UdpWire::receive(Duration patience) {
  const auto received = port_.receive(patience);
  if (!received) return "";
  tos_received = received->tos;
  from = received->from;
  return received->text;
}

TcpWire::TcpWire(const Endpoint& server, int receive_buffer_bytes)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer_bytes > 0)
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const net::SockAddr address(server, AF_INET);
  if (::connect(fd_.get(), address.get(), address.size()) != 0)
    throw std::runtime_error("cannot connect to " + server.to_string());
}

void TcpWire::send(Bytes bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the server has closed: receive() tells
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

std::size_t TcpWire::fill(Bytes bytes) {
  const std::size_t before = filled_;
  for (ssize_t count = 0; count >= 0; filled_ += static_cast<std::size_t>(std::max<ssize_t>(count, 0))) {
    const Bytes rest = rest_of(bytes);
    count = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  return filled_ - before;
}

bool TcpWire::wait_readable(Duration patience) const {
  pollfd wanted{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, milliseconds_of(patience)) == 1;
}

std::string TcpWire::receive(Duration patience) {
  if (!wait_readable(patience)) return "";
  std::string buffer(65536, '\0');
  const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  ended_ = count <= 0;
  buffer.resize(ended_ ? 0 : static_cast<std::size_t>(count));
  return buffer;
}

bool TcpWire::has_delivered() const {
  int waiting = -1;
  return ::ioctl(fd_.get(), SIOCOUTQ, &waiting) == 0 && waiting == 0;
}

void TcpWire::half_close() const { ::shutdown(fd_.get(), SHUT_WR); }

void TcpWire::abort() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

Endpoint TcpWire::local() const { return net::local_endpoint(fd_.get()); }

TlsWire::TlsWire(const Endpoint& server, const char* name, SSL_SESSION* session)
    : TcpWire(server),
      context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
      ssl_(SSL_new(context_.get()), &SSL_free) {
  SSL_set_fd(ssl_.get(), fd_.get());
  if (name != nullptr) SSL_set_tlsext_host_name(ssl_.get(), name);
  if (session != nullptr) SSL_set_session(ssl_.get(), session);
  if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no TLS handshake with " + server.to_string());
}

void TlsWire::send(Bytes bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }

std::size_t TlsWire::fill(Bytes bytes) {
  const std::size_t before = filled_;
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const int flags = ::fcntl(fd_.get(), F_GETFL);
  ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
  for (std::size_t count = 0;; filled_ += count) {
    const Bytes rest = rest_of(bytes);
    if (SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &count) != 1) break;
  }
  ::fcntl(fd_.get(), F_SETFL, flags);
  return filled_ - before;
}

std::string TlsWire::receive(Duration patience) {
  if (SSL_has_pending(ssl_.get()) == 0 && !wait_readable(patience)) return "";
  std::string buffer(65536, '\0');
  const int count = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
  ended_ = count <= 0;
  buffer.resize(ended_ ? 0 : static_cast<std::size_t>(count));
  return buffer;
}

long TlsWire::certificate_serial() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_.get()),
                                                                &X509_free);
  return ASN1_INTEGER_get(X509_get0_serialNumber(certificate.get()));
}

std::unique_ptr<Wire> connect(Transport transport, const config::ListenConfig& listen) {
  if (transport == Transport::tcp) return std::make_unique<TcpWire>(listen.tcp.front());
  if (transport == Transport::tls) return std::make_unique<TlsWire>(listen.tls.front());
  return std::make_unique<UdpWire>(listen.udp.front());
}

bool is_closed(Wire& wire, Duration patience) {
  const TimePoint until = clock_now() + patience;
  while (!wire.has_ended() && clock_now() < until) wire.receive(until - clock_now());
  return wire.has_ended();
}

TestClient::TestClient(std::unique_ptr<Wire> wire, client::ClientOptions options)
    : wire_(std::move(wire)),
      random_(static_cast<std::uint64_t>(clock_now().time_since_epoch().count())),
      turn_(with_transport(std::move(options), wire_->transport()), random_) {}

void TestClient::flush() {
  turn_.on_deadline(clock_now());
  for (client::Output& output : turn_.drain()) {
    if (const auto* transmit = std::get_if<client::Transmit>(&output)) {
      wire_->send(transmit->bytes);
    } else {
      outputs_.push_back(std::move(output));
    }
  }
}

void TestClient::receive(TimePoint until) {
  until = std::min(until, turn_.next_deadline().value_or(until));
  const std::string bytes = wire_->receive(until - clock_now());
  if (!bytes.empty()) turn_.on_receive(as_bytes(bytes), clock_now());
}

bool TestClient::has_failed() const { return !what_failed().empty(); }

std::string TestClient::what_failed() const {
  for (const client::Output& output : outputs_) {
    if (const auto* failed = std::get_if<client::Failed>(&output))
      return fmt::format("refused with {}", failed->code);
    if (std::holds_alternative<client::TimedOut>(output)) return "no answer";
    if (std::holds_alternative<client::StreamBroken>(output)) return "the stream is broken";
  }
  return "";
}

Endpoint TestClient::allocate() {
  turn_.allocate(clock_now());
  return expect<client::Allocated>().relayed.front();
}

bool TestClient::try_allocation() {
  turn_.allocate(clock_now());
  if (!next<client::Allocated>()) return false;
  turn_.refresh(0, clock_now());
  return next<client::Refreshed>().has_value();
}

void TestClient::permit(const Endpoint& peer) {
  turn_.create_permission({peer}, clock_now());
  expect<client::PermissionCreated>();
}

void TestClient::bind(const Endpoint& peer) {
  turn_.bind_channel(peer, clock_now());
  expect<client::ChannelBound>();
}

void TestClient::send(const Endpoint& peer, std::string_view text) {
  turn_.send(peer, as_bytes(text));
  flush();
}

std::string TestClient::data_from(const Endpoint& peer, Duration patience) {
  const auto data = next<client::Data>(patience);
  return data && data->peer == peer ? std::string(as_text(data->bytes)) : "";
}

RunningServer::RunningServer(const config::Config& config, const std::vector<config::ListenConfig>& apart,
                             const std::function<void(worker::Worker&)>& prepare)
    : config_(config),
      ledger_(ledger_options(config, reserved_)),
      meters_(0, 0),
      connections_({config.limits.connections_per_ip, config.limits.connections}) {
  log::open({log::Level::error, log::Format::text, ""});
  if (config_.tls.certificate.empty()) {
    const net::TlsFiles files = make_certificate(folder_, 1);
    config_.tls = {files.certificate, files.key};
  }
  std::vector<path::Listeners> listeners;
  if (apart.empty()) listeners = path::open_listeners(config.listen, config.workers);
  for (const config::ListenConfig& own : apart)
    listeners.push_back(std::move(path::open_listeners(own, 1).front()));

  crypto::OpenSslRandom random;
  const turn::Authenticator authenticator(
      config.realm, turn::NonceFactory(turn::NonceFactory::random_key(random), std::chrono::hours(1)),
      config.credentials.check_expiry);
  for (std::uint32_t i = 0; i < listeners.size(); ++i) {
    turn::ServerOptions options;
    options.worker = i;
    workers_.push_back(std::make_unique<worker::Worker>(
        options, authenticator, worker::make_policies(config, ledger_, {}),
        worker::Shared{ledger_, meters_, connections_, reserved_}, std::move(listeners[i]),
        std::make_shared<net::TlsContext>(net::TlsFiles{config_.tls.certificate, config_.tls.key})));
    const auto keep = [this](relay::UsageReport report) {
      const std::lock_guard lock(reports_mutex_);
      reports_.push_back(std::move(report));
    };
    workers_.back()->report_to(keep, nullptr);
    if (prepare) prepare(*workers_.back());
  }
  filled_workers_ = workers_.size();
  for (const auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
}

TestClient RunningServer::connect(Transport transport, client::ClientOptions options) const {
  return TestClient(shell::connect(transport, config_.listen), std::move(options));
}

void RunningServer::reload(const config::Config& config) {
  const config::TlsConfig& files = config.tls.certificate.empty() ? config_.tls : config.tls;
  const auto tls = std::make_shared<net::TlsContext>(net::TlsFiles{files.certificate, files.key});
  for (const auto& worker : workers_) worker->reload(worker::make_policies(config, ledger_, {}), tls);
}

void RunningServer::drain() {
  for (const auto& worker : workers_) worker->drain([this] { --filled_workers_; });
}

void RunningServer::set_alternates(const turn::Alternates& alternates) {
  const auto shared = std::make_shared<const turn::Alternates>(alternates);
  for (const auto& worker : workers_) worker->set_alternates(shared);
}

std::vector<relay::UsageReport> RunningServer::ask(
    const std::function<void(worker::Worker&, std::function<void()> done)>& ask) {
  std::atomic<std::size_t> missing = workers_.size();
  for (const auto& worker : workers_) ask(*worker, [&] { --missing; });
  EXPECT_TRUE(becomes_true([&] { return missing == 0; }, kPatience));
  const std::lock_guard lock(reports_mutex_);
  return std::exchange(reports_, {});
}

Duration RunningServer::stop() {
  const TimePoint begin = clock_now();
  for (const auto& worker : workers_) worker->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  workers_.clear();
  return clock_now() - begin;
}

}  // namespace turnpike::shell
