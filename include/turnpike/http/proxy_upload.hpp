// The body of a request on its way to an upstream, while the answer may be on its way back.
#pragma once

#include <optional>

#include "turnpike/http/proxy.hpp"

namespace turnpike::http {

// A request body that is being passed on by a coroutine of its own.
struct Proxy::Upload {
  Upload(Flow way, Message sent)
      : flow(way),
        message(std::move(sent)),
        over(way.from.get_executor(), boost::asio::steady_timer::time_point::max()) {}

  Flow flow;
  Message message;
  std::optional<PassEnd> end{};
  boost::asio::steady_timer over;  // never fires; cancelled when the upload has ended
  bool is_answered = false;
};

}  // namespace turnpike::http
