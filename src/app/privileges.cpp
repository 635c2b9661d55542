#include "turnpike/app/privileges.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "turnpike/log/log.hpp"

namespace turnpike::app {

std::optional<net::User> user_to_become(const config::Config& config) {
  if (config.user.empty() || ::geteuid() != 0) return std::nullopt;
  auto user = net::find_user(config.user);
  if (!user) throw std::runtime_error(fmt::format("user: {}", user.error()));
  return std::move(*user);
}

void give_up_privileges(const config::Config& config, const std::optional<net::User>& user) {
  if (user && !config.log.file.empty()) net::hand_over(config.log.file, *user);
  if (net::keep_only(net::kBindLowPorts, user)) return;
  if (user) throw std::runtime_error(fmt::format("user: the system refuses to change to {}", config.user));
  log::write(log::Event::privileges_kept);
}

}  // namespace turnpike::app
