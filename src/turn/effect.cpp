#include "turnpike/turn/effect.hpp"

namespace turnpike::turn {

std::string_view to_string(EndReason reason) {
  constexpr std::string_view names[] = {"expired",         "deleted",   "client closed",   "abandoned",
                                        "revoked",         "shutdown",  "credential gone", "address gone",
                                        "listener closed", "over quota"};
  return names[static_cast<std::size_t>(reason)];
}

}  // namespace turnpike::turn
