// Passes the requests of one client on to upstreams, and their answers back.
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

// What comes of a request that is passed on.
struct Passed {
  unsigned page = 0;     // the status of the page that the client gets; 0: it has its answer, or has gone
  bool goes_on = false;  // another request may follow
};

// Each direction of a message is read only as far as the other end takes it, through one Block. What is known
// to have a bound has it by UpstreamOptions: only a tunnel lasts as long as its ends want.
class Proxy {
 public:
  // All outlive it. `unread` is what has come from the client and belongs to nobody yet.
  Proxy(Socket& client, boost::beast::flat_buffer& unread, const Service& service);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // `request` is the head at the beginning of what is unread, and is gone from there with its body
  // afterwards. The connection to the upstream stays for the next request.
  boost::asio::awaitable<Passed> pass_on(const Upstream& upstream, const RequestHead& request,
                                         std::size_t head_size, const Sender& sender);
  // Whoever waits for the upstream waits no longer.
  void close();

 private:
  // A connection to an upstream.
  struct Link {
    Link(const boost::asio::any_io_executor& executor, const Upstream& server, const Endpoint& whose)
        : upstream(server), client(whose), socket(executor) {}
    bool is_quiet();

    const Upstream& upstream;
    const Endpoint client;
    Socket socket;
    Block block{};         // what has come and not been passed on
    bool is_kept = false;  // and nothing has come since it is used again
  };
  // What has to be known of a request when its head is gone.
  struct Asked {
    Asked(const RequestHead& request, bool with_query);
    bool is_head;
    bool is_http_1_0;
    bool keep_alive;
    bool web_socket;
    bool wants_100;
    bool may_be_sent_twice;
    std::string query;  // where somebody wants to know
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

// What a client sees where its request was passed on and got no answer.
Response upstream_page(unsigned status);

}  // namespace turnpike::http
