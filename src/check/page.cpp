#include "turnpike/check/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/json.hpp>
#include <cctype>
#include <chrono>
#include <optional>
#include <utility>

#include "turnpike/auth/visitors.hpp"
#include "turnpike/check/page_files.hpp"
#include "turnpike/check/ways.hpp"
#include "turnpike/config/credentials.hpp"
#include "turnpike/http/host_field.hpp"
#include "turnpike/http/upstreams.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/turn/tenant.hpp"

namespace turnpike::check {
namespace {

namespace json = boost::json;

constexpr std::string_view kNonceName = "turnpike_check=";
constexpr std::string_view kSignallingPath = "/rtc";  // LiveKit's
constexpr std::int64_t kThroughputMax = 2'000'000;  // bits each second: what a visitor's budget has room for
constexpr std::array<std::string_view, kMintings> kMintingNames{"granted", "limited", "refused"};

// Whatever a browser lets through in a Host field stands in a header of ours, and in URIs.
bool is_plain_host(std::string_view field) {
  const std::string_view host = http::host_of(field);
  const auto is_plain = [](unsigned char each) {
    return std::isalnum(each) != 0 || each == '-' || each == '.';
  };
  return !host.empty() && (std::ranges::all_of(host, is_plain) || http::is_beyond_dns(host));
}

// 'self' is not the WebSocket of the same site for every browser.
http::Response secured(http::Response response, const http::Request& request) {
  const std::string web_socket = is_plain_host(request.host) ? fmt::format(" wss://{}", request.host) : "";
  response.fields.emplace_back(
      "Content-Security-Policy",
      fmt::format(
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src "
          "'self'{}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          web_socket));
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  response.fields.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

// To nobody who could be listened to, or lied to, on the way.
http::Route route(std::string method, std::string path, http::Handler handler) {
  return {std::move(method),
          std::move(path),
          [handler = std::move(handler)](const http::Request& request) {
            return request.by_tls ? secured(handler(request), request) : http::http_error(404);
          },
          0,
          {}};
}

http::Response json_response(unsigned status, const json::value& value) {
  return {.status = status, .content_type = "application/json", .body = json::serialize(value)};
}

http::Response fault(unsigned status, std::string_view what) {
  return json_response(status, {{"error", what}});
}

// Browsers say one of both, and no script can say them otherwise.
bool is_of_this_site(const http::Request& request) {
  const bool says_site = !request.fetch_site.empty(), says_origin = !request.origin.empty();
  if (says_site && request.fetch_site != "same-origin") return false;
  if (says_origin && !boost::iequals(request.origin, fmt::format("https://{}", request.host))) return false;
  return says_site || says_origin;
}

std::optional<std::string_view> value_in(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (query.starts_with(name)) return query.substr(name.size(), end - name.size());
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

json::array to_json(const std::vector<Way>& ways) {
  json::array list;
  for (const Way& way : ways) {
    list.emplace_back(json::object{{"id", way.id},
                                   {"kind", way.kind},
                                   {"family", way.family},
                                   {"port", way.port},
                                   {"urls", json::array(way.urls.begin(), way.urls.end())}});
  }
  return list;
}

http::Upstreams upstreams_of(const config::HttpConfig& config) {
  std::vector<http::UpstreamRule> rules;
  for (const config::HttpUpstream& each : config.upstream)
    rules.push_back({each.host, each.prefix, each.server});
  return http::Upstreams(std::move(rules));
}

}  // namespace

std::string_view to_string(Minting minting) { return kMintingNames[static_cast<std::size_t>(minting)]; }

// What one configuration makes of the page.
struct Page::Site {
  explicit Site(const config::Config& from)
      : settings(from), visitors(config::visitor_secrets(from)), upstreams(upstreams_of(from.http)) {}

  // Null where LiveKit does not stand behind.
  json::value signalling(const std::string& host, const std::string& nonce) const {
    if (upstreams.find(host, kSignallingPath) == nullptr) return nullptr;
    return {{"path", fmt::format("{}?{}{}", kSignallingPath, kNonceName, nonce)},
            {"seen", fmt::format("{}/signalling?nonce={}", settings.http.check_page, nonce)}};
  }

  const config::Config settings;
  const auth::Visitors visitors;
  const http::Upstreams upstreams;
};

Page::Page(std::string server, Relays relays)
    : server_(std::move(server)),
      relays_(std::move(relays)),
      visits_(std::chrono::seconds(turn::kVisitorLifeMax_s)) {}

std::vector<http::Route> Page::routes(const config::Config& config) {
  if (!config::admits_visitors(config)) return {};
  const std::string& path = config.http.check_page;
  std::vector<http::Route> routes;
  for (const PageFile& file : page_files()) {
    const bool is_page = file.name == "page.html";
    std::string content(file.content);
    if (is_page) boost::replace_all(content, "{{path}}", path);
    const http::Response response{.content_type = std::string(file.content_type),
                                  .body = std::move(content),
                                  .fields = {{"Cache-Control", "no-cache"}}};
    routes.push_back(route("GET", is_page ? path : fmt::format("{}/{}", path, file.name),
                           [response](const http::Request&) { return response; }));
  }
  const http::Response to_page{.status = 308, .fields = {{"Location", path}}};
  routes.push_back(route("GET", path + "/", [to_page](const http::Request&) { return to_page; }));
  const auto site = std::make_shared<const Site>(config);
  routes.push_back(route("POST", path + "/credentials",
                         [this, site](const http::Request& request) { return mint(*site, request); }));
  routes.push_back(route("GET", path + "/signalling",
                         [this](const http::Request& request) { return tell_seen(request); }));
  return routes;
}

http::Response Page::mint(const Site& site, const http::Request& request) {
  if (!is_of_this_site(request) || !is_plain_host(request.host)) {
    mintings_.add(Minting::refused);
    return fault(403, "credentials are for the page of this site alone");
  }
  const Now now = net::read_clock();
  const auto nonce = visits_.begin(request.from, now.monotonic, random_);
  if (!nonce) {
    mintings_.add(Minting::limited);
    http::Response response = fault(429, "too many checks run at once");
    const auto wait = std::chrono::ceil<std::chrono::seconds>(nonce.error()).count();
    response.fields.emplace_back("Retry-After", std::to_string(wait));
    return response;
  }
  const auto minted = site.visitors.mint(request.from, now.unix_s, random_);
  if (!minted) return fault(500, "there is nothing to make credentials with");
  mintings_.add(Minting::granted);
  const auto ways = ways_to(site.settings, relays_(), request.host);
  const auto stun = stun_urls(ways);
  return json_response(201, {{"username", minted->username},
                             {"credential", minted->password},
                             {"lifetime_s", turn::kVisitorLifeMax_s},
                             {"address", request.from.unmapped().to_string()},
                             {"server", server_},
                             {"ways", to_json(ways)},
                             {"stun", json::array(stun.begin(), stun.end())},
                             {"signalling", site.signalling(request.host, *nonce)},
                             {"throughput_bps_max", kThroughputMax}});
}

http::Response Page::tell_seen(const http::Request& request) {
  const auto nonce = value_in(request.query, "nonce=");
  const auto seen = nonce ? visits_.seen(*nonce, net::read_clock().monotonic) : std::nullopt;
  if (!seen) return fault(404, "no check has this nonce, or it is over");
  return json_response(200, {{"arrived", seen->arrived},
                             {"status", seen->status ? json::value(*seen->status) : json::value()}});
}

void Page::note_passed(std::string_view query, unsigned status) {
  if (const auto nonce = value_in(query, kNonceName))
    visits_.note(*nonce, status, net::read_clock().monotonic);
}

}  // namespace turnpike::check
