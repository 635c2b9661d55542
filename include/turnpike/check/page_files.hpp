// The files of the check page, as they are built into the program.
#pragma once

#include <span>
#include <string_view>

namespace turnpike::check {

struct PageFile {
  std::string_view name;  // "page.js"
  std::string_view content_type;
  std::string_view content;
};

// What a browser asks for below the path of the page; the page itself is page.html.
std::span<const PageFile> page_files();

}  // namespace turnpike::check
