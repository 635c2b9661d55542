// Passes the requests of one client connection on to upstreams, and their responses back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/http/beast.hpp"
#include "turnpike/http/flow.hpp"
#include "turnpike/http/hang_up.hpp"
#include "turnpike/http/proxy_head.hpp"
#include "turnpike/http/service.hpp"
#include "turnpike/http/upstreams.hpp"

namespace turnpike::http {

// The outcome of a request that was passed on.
struct Passed {
  unsigned page = 0;     // status of the error page for the client; 0: the client got a response or has gone
  bool goes_on = false;  // the connection can serve another request
};

// Holds one connection to an upstream at a time. Each direction of a message is read only as fast as the
// other end takes it, through one Block. Every wait is bounded by UpstreamOptions, except in a tunnel, which
// lasts as long as its ends want.
class Proxy {
 public:
  // Takes the client's socket and the bytes that have arrived from it and are not parsed yet. All arguments
  // must outlive the proxy.
  Proxy(Socket& client, boost::beast::flat_buffer& unread, const Service& service);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // Passes one request on and its response back. `request` is parsed from the first `head_size` unread bytes;
  // head and body are removed from there. The connection to the upstream is kept for the next request.
  boost::asio::awaitable<Passed> pass_on(const Upstream& upstream, const RequestHead& request,
                                         std::size_t head_size, const Sender& sender);
  // Closes the connection to the upstream, which ends pass_on().
  void close();

 private:
  // A connection to an upstream, for one client.
  struct Link {
    Link(const boost::asio::any_io_executor& executor, const Upstream& server, const Endpoint& whose)
        : upstream(server), client(whose), socket(executor) {}
    bool is_quiet();

    const Upstream& upstream;
    const Endpoint client;
    Socket socket;
    Block block{};         // what has arrived and was not passed on
    bool is_kept = false;  // used again, and nothing has arrived since
  };
  // The facts about a request that are needed after its head is gone.
  struct Asked {
    Asked(const RequestHead& request, bool with_query);
    bool is_head;
    bool is_http_1_0;
    bool keep_alive;
    bool web_socket;
    bool wants_100;
    bool may_be_sent_twice;
    std::string query;  // empty if nobody wants to know it (PassedLog)
    BodyFraming body;
  };
  struct Upload;
  struct Fault {
    UpstreamFailure failure;
    std::string what;
  };
  using MayFail = boost::asio::awaitable<std::optional<Fault>>;

  const Upstream& upstream() const { return link_->upstream; }
  const UpstreamOptions& options() const { return upstream().rule.options; }
  boost::asio::awaitable<Passed> ask(const Upstream& asked_of, const Asked& asked, const std::string& head,
                                     const Endpoint& client);
  MayFail connect();
  std::string proxy_header() const;
  std::shared_ptr<Upload> start_upload(const Asked& asked, std::string head);
  boost::asio::awaitable<void> stop(Upload* upload);
  MayFail read_head(bool answers_head, ResponseHead& head, std::size_t& size);
  MayFail read_last_head(const Asked& asked, ResponseHead& head, std::size_t& size);
  boost::asio::awaitable<Passed> pass_back(const Asked& asked, Upload* upload, const ResponseHead& head,
                                           std::size_t size);
  boost::asio::awaitable<Passed> refuse(const Asked& asked, Upload* upload, const Fault& fault);
  boost::asio::awaitable<Passed> join_both(const ResponseHead& head, std::size_t size);
  void tell_passed(const Asked& asked, unsigned status) const;
  void note(const Fault& fault);
  void take_unread(std::uint64_t most);
  void put_back();

  Socket& client_;
  boost::beast::flat_buffer& unread_;
  const Service& service_;
  Block from_client_;
  std::optional<Link> link_;
  Watch watch_;
  HangUp hang_up_;
};

// Returns the page for a client whose request was passed on and got no response.
Response upstream_page(unsigned status);

}  // namespace turnpike::http
