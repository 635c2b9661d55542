// Connecting, reading and writing with Asio, one kind of socket each.
#include "turnpike/probe/link.hpp"

#include <fmt/format.h>

#include <deque>
#include <utility>

namespace turnpike::probe {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using udp = asio::ip::udp;

constexpr std::size_t kReadSize = 65536;  // no datagram is larger

asio::ip::address to_asio(const IpAddress& address) { return asio::ip::make_address(address.to_string()); }

Endpoint from_asio(const asio::ip::address& address, std::uint16_t port) {
  return {IpAddress::parse(address.to_string()).value_or(IpAddress{}), port};
}

class UdpLink final : public Link {
 public:
  UdpLink(asio::io_context& io, const Endpoint& server, Handlers handlers)
      : handlers_(std::move(handlers)), server_(server), socket_(io), buffer_(kReadSize) {
    asio::post(io, [this] {
      error_code error;
      socket_.connect(udp::endpoint(to_asio(server_.address), server_.port), error);
      if (error) return fail(error);
      receive();
      handlers_.opened();
    });
  }

  void send(std::vector<std::uint8_t> bytes) override {
    error_code error;
    socket_.send(asio::buffer(bytes), 0, error);
    // Anything else is a datagram lost.
    if (error == asio::error::connection_refused) fail(error);
  }

  Stage stage() const override { return Stage::open; }

  Endpoint local() const override {
    error_code error;
    const auto endpoint = socket_.local_endpoint(error);
    return from_asio(endpoint.address(), endpoint.port());
  }

 private:
  void receive() {
    socket_.async_receive(asio::buffer(buffer_), [this](error_code error, std::size_t size) {
      if (error) return fail(error);
      handlers_.received(Bytes{buffer_}.first(size));
      receive();
    });
  }

  void fail(error_code error) { handlers_.failed(obstacle(Transport::udp, server_, Stage::open, error)); }

  Handlers handlers_;
  Endpoint server_;
  udp::socket socket_;
  std::vector<std::uint8_t> buffer_;
};

// Reading and writing are the same for both kinds of stream; how one is opened is not.
template <class Stream>
class StreamLink : public Link {
 public:
  template <class... Arguments>
  StreamLink(Handlers handlers, Transport transport, const Endpoint& server, Arguments&&... arguments)
      : handlers_(std::move(handlers)),
        transport_(transport),
        server_(server),
        stream_(std::forward<Arguments>(arguments)...),
        buffer_(kReadSize) {}

  void send(std::vector<std::uint8_t> bytes) override {
    unsent_.push_back(std::move(bytes));
    if (unsent_.size() == 1) write();
  }

  Stage stage() const override { return stage_; }

  Endpoint local() const override {
    error_code error;
    const auto endpoint = stream_.lowest_layer().local_endpoint(error);
    return from_asio(endpoint.address(), endpoint.port());
  }

 protected:
  // Runs `then` when connected.
  template <class Then>
  void connect(Then then) {
    stream_.lowest_layer().async_connect(tcp::endpoint(to_asio(server_.address), server_.port),
                                         [this, then](error_code error) {
                                           if (error) return fail(error);
                                           stream_.lowest_layer().set_option(tcp::no_delay(true), error);
                                           then();
                                         });
  }

  void opened() {
    stage_ = Stage::open;
    read();
    handlers_.opened();
  }

  void enter(Stage stage) { stage_ = stage; }
  void fail(error_code error) { fail(obstacle(transport_, server_, stage_, error)); }
  void fail(std::string reason) { handlers_.failed(std::move(reason)); }

  Stream& stream() { return stream_; }

 private:
  void read() {
    stream_.async_read_some(asio::buffer(buffer_), [this](error_code error, std::size_t size) {
      if (error) return fail(error);
      handlers_.received(Bytes{buffer_}.first(size));
      read();
    });
  }

  void write() {
    asio::async_write(stream_, asio::buffer(unsent_.front()), [this](error_code error, std::size_t) {
      if (error) return fail(error);
      unsent_.pop_front();
      if (!unsent_.empty()) write();
    });
  }

  Handlers handlers_;
  Transport transport_;
  Endpoint server_;
  Stage stage_ = Stage::connecting;
  Stream stream_;
  std::vector<std::uint8_t> buffer_;
  std::deque<std::vector<std::uint8_t>> unsent_;
};

class TcpLink final : public StreamLink<tcp::socket> {
 public:
  TcpLink(asio::io_context& io, const Endpoint& server, Handlers handlers)
      : StreamLink(std::move(handlers), Transport::tcp, server, io) {
    connect([this] { opened(); });
  }
};

class TlsLink final : public StreamLink<asio::ssl::stream<tcp::socket>> {
 public:
  TlsLink(asio::io_context& io, asio::ssl::context& tls, const client::ServerUri& uri, const Endpoint& server,
          Handlers handlers)
      : StreamLink(std::move(handlers), Transport::tls, server, io, tls) {
    SSL* const ssl = stream().native_handle();
    if (!uri.address()) SSL_set_tlsext_host_name(ssl, uri.host.c_str());
    SSL_set1_host(ssl, uri.host.c_str());  // judged only where the certificate is
    connect([this] {
      enter(Stage::handshake);
      stream().async_handshake(asio::ssl::stream_base::client, [this](error_code error) {
        if (!error) return opened();
        const std::string why = certificate_refusal();
        why.empty() ? fail(error) : fail(why);
      });
    });
  }

 private:
  // OpenSSL says of every bad certificate only that it is one; what is wrong with it is kept apart.
  std::string certificate_refusal() {
    SSL* const ssl = stream().native_handle();
    const long verdict = SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE ? X509_V_OK : SSL_get_verify_result(ssl);
    if (verdict == X509_V_OK) return "";
    return fmt::format("the certificate is refused: {}{}", X509_verify_cert_error_string(verdict),
                       certificate_hint(verdict));
  }
};

}  // namespace

asio::ssl::context make_tls(bool insecure, const std::string& ca_file) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.set_verify_mode(insecure ? asio::ssl::verify_none : asio::ssl::verify_peer);
  if (ca_file.empty()) {
    tls.set_default_verify_paths();
  } else {
    tls.load_verify_file(ca_file);
  }
  return tls;
}

std::unique_ptr<Link> open_probe_link(asio::io_context& io, asio::ssl::context& tls,
                                      const client::ServerUri& uri, const Endpoint& server,
                                      Link::Handlers handlers) {
  switch (uri.transport) {
    case Transport::udp: return std::make_unique<UdpLink>(io, server, std::move(handlers));
    case Transport::tcp: return std::make_unique<TcpLink>(io, server, std::move(handlers));
    case Transport::tls: return std::make_unique<TlsLink>(io, tls, uri, server, std::move(handlers));
    case Transport::dtls: break;
  }
  asio::post(io, [failed = std::move(handlers.failed)] { failed("the probe does not speak DTLS"); });
  return nullptr;
}

Echo::Echo(asio::io_context& io, const IpAddress& local)
    : socket_(io, udp::endpoint(to_asio(local), 0)), buffer_(kReadSize) {
  receive();
}

Endpoint Echo::local() const {
  return from_asio(socket_.local_endpoint().address(), socket_.local_endpoint().port());
}

void Echo::send(Bytes bytes, const Endpoint& to) {
  error_code ignored;
  socket_.send_to(asio::buffer(bytes.data(), bytes.size()), udp::endpoint(to_asio(to.address), to.port), 0,
                  ignored);
}

void Echo::receive() {
  socket_.async_receive_from(asio::buffer(buffer_), from_, [this](error_code error, std::size_t size) {
    if (error == asio::error::operation_aborted) return;
    error_code ignored;  // an echo that cannot be sent shows as a loss
    if (!error) socket_.send_to(asio::buffer(buffer_.data(), size), from_, 0, ignored);
    receive();
  });
}

}  // namespace turnpike::probe
