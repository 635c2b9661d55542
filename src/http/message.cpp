#include "turnpike/http/message.hpp"

#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

#include "turnpike/http/beast.hpp"

namespace turnpike::http {

namespace beast_http = boost::beast::http;

Response http_error(unsigned status) {
  Response response;
  response.status = status;
  response.body = std::string(beast_http::obsolete_reason(beast_http::int_to_status(status))) + "\n";
  return response;
}

std::optional<UnixSeconds> parse_date(std::string_view text) {
  if (!text.ends_with(" GMT")) return std::nullopt;
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  std::tm utc{};
  in >> std::get_time(&utc, "%a, %d %b %Y %H:%M:%S GMT");
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return timegm(&utc);
}

}  // namespace turnpike::http
