// SPDX-License-Identifier: Apache-2.0
#include "app/cli/generate.h"

#include "core/query/filter.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ckptscope::cli {

namespace {

constexpr std::size_t Left = 30;  ///< columns of an option's name
constexpr std::size_t Right = 78; ///< of the whole line

std::vector<const CLI::App*> commandsOf(const CLI::App& app)
{
    return app.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
}

bool isHidden(const CLI::Option& option)
{
    return option.get_group().empty();
}

bool isPositional(const CLI::Option& option)
{
    return option.get_lnames().empty() && option.get_snames().empty();
}

bool takesValue(const CLI::Option& option)
{
    return option.get_expected_min() > 0 && option.get_type_size_min() > 0;
}

/// "WHEN" of "WHEN:{auto,always,never}", "N" of "N:UINT in [1 - 65536]": what a check adds is in the description already. "LOW:HIGH" stays.
std::string placeholder(const CLI::Option& option)
{
    const std::string type = option.get_type_name();
    const auto colon = type.find(':');
    const std::string_view check = colon == std::string::npos ? std::string_view() : std::string_view(type).substr(colon + 1);
    const bool added = check.starts_with('{') || check.find(" in ") != std::string_view::npos || check == "NONNEGATIVE";
    return added ? type.substr(0, colon) : type;
}

/// "-o, --output OUT", as help shows it; of two spellings the first.
std::string optionText(const CLI::Option& option)
{
    std::string text = option.get_snames().empty() ? "" : "-" + option.get_snames().front();
    if (!option.get_lnames().empty()) {
        text += (text.empty() ? "    --" : ", --") + option.get_lnames().front();
    }
    if (takesValue(option)) {
        text += ' ' + placeholder(option);
    }
    return text;
}

std::string positionalText(const CLI::Option& option)
{
    const std::string name = option.get_name() + (option.get_expected_max() > 1 ? "..." : "");
    return option.get_required() ? name : '[' + name + ']';
}

void appendRow(std::string& out, const std::string& name, const std::string& text)
{
    out += "  " + name;
    std::size_t column = name.size() + 2;
    if (column + 2 > Left) {
        out += '\n';
        column = 0;
    }
    std::string_view rest = text;
    while (!rest.empty()) {
        out.append(Left - column, ' ');
        std::size_t end = rest.size();
        if (end > Right - Left) {
            end = rest.rfind(' ', Right - Left);
            end = end == std::string_view::npos ? std::min(rest.find(' '), rest.size()) : end;
        }
        out.append(rest.substr(0, end)) += '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
        column = 0;
    }
}

void appendOptions(std::string& out, const CLI::App& app, bool common)
{
    for (const CLI::Option* option : app.get_options()) {
        const bool help = !option->get_lnames().empty() && (option->get_lnames().front() == "help" || option->get_lnames().front() == "version");
        if (isHidden(*option) || isPositional(*option) || (common && help)) {
            continue;
        }
        appendRow(out, optionText(*option), option->get_description());
    }
}

std::string fullName(const CLI::App& command)
{
    return command.get_parent() == nullptr ? "ckptscope" : fullName(*command.get_parent()) + ' ' + command.get_name();
}

std::string usageOf(const CLI::App& command)
{
    std::string text = fullName(command) + " [options]";
    if (!commandsOf(command).empty()) {
        std::string names;
        for (const CLI::App* one : commandsOf(command)) {
            names += (names.empty() ? "" : "|") + one->get_name();
        }
        text += " [" + names + ']';
    }
    for (const CLI::Option* option : command.get_options()) {
        if (isPositional(*option) && !isHidden(*option)) {
            text += ' ' + positionalText(*option);
        }
    }
    return text;
}

// --- completions

std::vector<std::string> optionWords(const CLI::App& app)
{
    std::vector<std::string> words;
    for (const CLI::Option* option : app.get_options()) {
        if (isHidden(*option)) {
            continue;
        }
        for (const std::string& name : option->get_lnames()) {
            words.push_back("--" + name);
        }
        for (const std::string& name : option->get_snames()) {
            words.push_back("-" + name);
        }
    }
    return words;
}

/// The values that an option is limited to: its check is an IsMember, whose description is "{a,b}".
std::vector<std::string> valuesOf(const CLI::Option& option)
{
    std::vector<std::string> values;
    const std::string text = option.get_type_name();
    const auto open = text.rfind('{');
    const auto close = text.rfind('}');
    if (open == std::string::npos || close == std::string::npos || close < open) {
        return values;
    }
    std::string_view list = std::string_view(text).substr(open + 1, close - open - 1);
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        values.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return values;
}

std::string joined(const std::vector<std::string>& words, std::string_view between = " ")
{
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? std::string() : std::string(between)) + word;
    }
    return text;
}

std::vector<std::string> commandWords(const CLI::App& app)
{
    std::vector<std::string> words;
    for (const CLI::App* command : commandsOf(app)) {
        words.push_back(command->get_name());
    }
    return words;
}

/// Calls for every option that a value follows, of the program and of every command, each name once.
void eachValueOption(const CLI::App& app, std::vector<std::string>& seen,
                     const std::function<void(const std::vector<std::string>&, const CLI::Option&)>& call)
{
    for (const CLI::Option* option : app.get_options()) {
        if (isHidden(*option) || isPositional(*option) || !takesValue(*option)) {
            continue;
        }
        std::vector<std::string> names;
        for (const std::string& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
        for (const std::string& name : option->get_snames()) {
            names.push_back("-" + name);
        }
        if (std::find(seen.begin(), seen.end(), names.front()) == seen.end()) {
            seen.push_back(names.front());
            call(names, *option);
        }
    }
    for (const CLI::App* command : commandsOf(app)) {
        eachValueOption(*command, seen, call);
    }
}

std::string bashCompletion(const CLI::App& app)
{
    std::string out = "# bash completion for ckptscope; generated by: ckptscope --generate completion-bash\n"
                      "_ckptscope()\n{\n"
                      "    local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD - 1]}\" command=\"\" i\n"
                      "    for ((i = 1; i < COMP_CWORD; ++i)); do\n"
                      "        case \"${COMP_WORDS[i]}\" in\n        "
        + joined(commandWords(app), " | ")
        + ")\n"
          "            command=\"${COMP_WORDS[i]}\"\n            break\n            ;;\n        esac\n    done\n"
          "    case \"$before\" in\n";
    std::vector<std::string> seen;
    eachValueOption(app, seen, [&](const std::vector<std::string>& names, const CLI::Option& option) {
        const auto values = valuesOf(option);
        out += "    " + joined(names, " | ") + ")\n";
        out += values.empty() ? "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                              : "        COMPREPLY=($(compgen -W \"" + joined(values) + "\" -- \"$word\"))\n";
        out += "        return\n        ;;\n";
    });
    out += "    esac\n    local words=\"" + joined(optionWords(app)) + "\"\n    case \"$command\" in\n    \"\")\n        words+=\" "
        + joined(commandWords(app)) + "\"\n        ;;\n";
    for (const CLI::App* command : commandsOf(app)) {
        out += "    " + command->get_name() + ")\n        words+=\" " + joined(optionWords(*command));
        if (const auto nested = commandWords(*command); !nested.empty()) {
            out += ' ' + joined(nested);
        }
        out += "\"\n        ;;\n";
    }
    return out
        + "    esac\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "    if [[ \"$word\" != -* ]]; then\n        COMPREPLY+=($(compgen -f -- \"$word\"))\n    fi\n"
          "}\ncomplete -o filenames -F _ckptscope ckptscope\n";
}

std::string zshEscaped(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') {
            out += '\\';
        }
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out;
}

void zshOptions(std::string& out, const CLI::App& app)
{
    for (const CLI::Option* option : app.get_options()) {
        if (isHidden(*option) || isPositional(*option)) {
            continue;
        }
        const auto values = valuesOf(*option);
        const std::string value = !takesValue(*option)            ? ""
            : !values.empty()                                     ? ":value:(" + joined(values) + ')'
            : placeholder(*option).find(':') != std::string::npos ? ":value:" // no file
                                                                  : ":value:_files";
        const std::string several = option->get_expected_max() > 1 ? "*" : "";
        for (const std::string& name : option->get_lnames()) {
            out += "        '" + several + "--" + name + '[' + zshEscaped(option->get_description()) + ']' + value + "' \\\n";
        }
        for (const std::string& name : option->get_snames()) {
            out += "        '" + several + '-' + name + '[' + zshEscaped(option->get_description()) + ']' + value + "' \\\n";
        }
    }
}

std::string zshCompletion(const CLI::App& app)
{
    std::string out = "#compdef ckptscope\n# generated by: ckptscope --generate completion-zsh\n_ckptscope()\n{\n    local command=\"\" word\n    "
                      "for word in ${words[2,CURRENT-1]}; do\n"
                      "        case $word in\n        "
        + joined(commandWords(app), "|")
        + ")\n            command=$word\n            break\n            ;;\n        esac\n    done\n"
          "    case $command in\n";
    for (const CLI::App* command : commandsOf(app)) {
        out += "    " + command->get_name() + ")\n        _arguments \\\n";
        zshOptions(out, *command);
        zshOptions(out, app);
        const auto nested = commandWords(*command);
        out += nested.empty() ? "        '*:path:_files'\n" : "        '*:what:(" + joined(nested) + ")'\n";
        out += "        ;;\n";
    }
    out += "    *)\n        local -a commands=(\n";
    for (const CLI::App* command : commandsOf(app)) {
        out += "            '" + command->get_name() + ':' + zshEscaped(command->get_description()) + "'\n";
    }
    out += "        )\n        _describe command commands\n        _arguments \\\n";
    zshOptions(out, app);
    return out + "        '*:path:_files'\n        ;;\n    esac\n}\n_ckptscope \"$@\"\n";
}

std::string fishEscaped(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

void fishOptions(std::string& out, const CLI::App& app, const std::string& condition)
{
    for (const CLI::Option* option : app.get_options()) {
        if (isHidden(*option) || isPositional(*option)) {
            continue;
        }
        out += "complete -c ckptscope" + condition;
        for (const std::string& name : option->get_snames()) {
            out += " -s " + name;
        }
        for (const std::string& name : option->get_lnames()) {
            out += " -l " + name;
        }
        const auto values = valuesOf(*option);
        if (takesValue(*option)) {
            out += values.empty() ? " -r" : " -x -a '" + joined(values) + "'";
        }
        out += " -d '" + fishEscaped(option->get_description()) + "'\n";
    }
}

std::string fishCompletion(const CLI::App& app)
{
    std::string out = "# fish completion for ckptscope; generated by: ckptscope --generate completion-fish\n";
    fishOptions(out, app, "");
    const std::string all = joined(commandWords(app));
    for (const CLI::App* command : commandsOf(app)) {
        out += "complete -c ckptscope -n 'not __fish_seen_subcommand_from " + all + "' -a " + command->get_name() + " -d '"
            + fishEscaped(command->get_description()) + "'\n";
    }
    for (const CLI::App* command : commandsOf(app)) {
        const std::string condition = " -n '__fish_seen_subcommand_from " + command->get_name() + "'";
        fishOptions(out, *command, condition);
        if (const auto nested = commandWords(*command); !nested.empty()) {
            out += "complete -c ckptscope" + condition + " -f -a '" + joined(nested) + "'\n";
        }
    }
    return out;
}

// --- manual

std::string roff(std::string_view text)
{
    std::string out;
    bool lineStart = true;
    for (const char c : text) {
        if (lineStart && (c == '.' || c == '\'')) {
            out += "\\&";
        }
        lineStart = c == '\n';
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    return out;
}

/// A description as a sentence; the program's is one already.
std::string sentence(const std::string& text)
{
    return text.ends_with('.') ? text : text + '.';
}

void manOptions(std::string& out, const CLI::App& app)
{
    for (const CLI::Option* option : app.get_options()) {
        if (isHidden(*option) || isPositional(*option)) {
            continue;
        }
        std::string name = optionText(*option);
        name.erase(0, name.find_first_not_of(' '));
        out += ".TP\n.B " + roff(name) + '\n' + roff(sentence(option->get_description())) + '\n';
    }
}

std::string exampleOf(const CLI::App& command)
{
    std::string text = command.get_footer();
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

void manCommand(std::string& out, const CLI::App& command)
{
    out += ".SS " + roff(usageOf(command)) + '\n' + roff(command.get_description()) + ".\n";
    manOptions(out, command);
    out += ".PP\n.nf\n" + roff(exampleOf(command)) + "\n.fi\n";
    for (const CLI::App* nested : commandsOf(command)) {
        manCommand(out, *nested);
    }
}

std::string filterTable()
{
    std::string text;
    for (const FilterHelpRow& row : filterHelp()) {
        text += std::string(row.write) + "\n    " + std::string(row.means) + '\n';
    }
    return text;
}

std::string manPage(const CLI::App& app)
{
    std::string out =
        ".\\\" generated by: ckptscope --generate man\n.TH CKPTSCOPE 1 \"\" \"ckptscope " CKPTSCOPE_VERSION "\" \"User Commands\"\n"
        ".SH NAME\nckptscope \\- inspect and repair model checkpoints\n.SH SYNOPSIS\n.B ckptscope\n[options] COMMAND [options] PATH...\n.br\n"
        ".B ckptscope\nPATH...\n.SH DESCRIPTION\n"
        + roff(app.get_description())
        + "\n.PP\nA PATH is a file, a folder, an index (*.index.json), or several shards of one checkpoint. With a PATH alone, the command is\n.BR "
          "check .\n"
          ".SH COMMON OPTIONS\nThey may stand before or behind COMMAND; \\-\\- ends options.\n";
    manOptions(out, app);
    out += ".SH COMMANDS\n";
    for (const CLI::App* command : commandsOf(app)) {
        manCommand(out, *command);
    }
    return out + ".SH FILTER LANGUAGE\n.nf\n" + roff(filterTable())
        + ".fi\n.SH EXIT STATUS\n.TP\n0\nNothing to complain of.\n.TP\n1\nFindings of severity error or violation.\n.TP\n2\nIt could not be done: "
          "nothing could be opened, bad usage, no space.\n"
          ".TP\n130, 143\nStopped by SIGINT or SIGTERM; nothing was left half\\-made.\n";
}

// --- reference

/// A cell of a Markdown table: a bar would end it, and what stands in angle brackets would be taken for a tag.
std::string cell(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '[' || c == ']') {
            out += '\\';
        }
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '\n' ? " " : std::string(1, c);
    }
    return out;
}

void markdownOptions(std::string& out, const CLI::App& app)
{
    std::string rows;
    for (const CLI::Option* option : app.get_options()) {
        if (isHidden(*option)) {
            continue;
        }
        std::string name = isPositional(*option) ? positionalText(*option) : optionText(*option);
        name.erase(0, name.find_first_not_of(' '));
        const auto values = valuesOf(*option);
        rows += "| `" + name + "` | " + cell(sentence(option->get_description()))
            + (values.empty() ? "" : " One of `" + joined(values, "`, `") + "`.") + " |\n";
    }
    out += rows.empty() ? "" : "\n| write | means |\n|---|---|\n" + rows;
}

void markdownCommand(std::string& out, const CLI::App& command, const std::string& level)
{
    out += '\n' + level + " `" + fullName(command) + "`\n\n" + cell(sentence(command.get_description())) + "\n\n    " + usageOf(command) + '\n';
    markdownOptions(out, command);
    std::string example = exampleOf(command);
    for (std::size_t at = 0; (at = example.find('\n', at)) != std::string::npos; at += 5) {
        example.insert(at + 1, "    ");
    }
    out += example.empty() ? "" : "\n    " + example + '\n';
    for (const CLI::App* nested : commandsOf(command)) {
        markdownCommand(out, *nested, level + '#');
    }
}

std::string markdownReference(const CLI::App& app)
{
    std::string out = "# Commands and options\n\nMade from the parser itself, by `ckptscope --generate markdown` of ckptscope " CKPTSCOPE_VERSION
                      ". What they print, and what exit codes mean, is in [the command line](cli.md).\n\n## Common options\n\n"
                      "They may stand before or behind the command; `--` ends options.\n";
    markdownOptions(out, app);
    for (const CLI::App* command : commandsOf(app)) {
        markdownCommand(out, *command, "##");
    }
    out += "\n## Filter expressions\n\nFor `--filter`, and in the window's filter field.\n\n| write | means |\n|---|---|\n";
    for (const FilterHelpRow& row : filterHelp()) {
        out += "| " + cell(row.write) + " | " + cell(row.means) + " |\n";
    }
    return out;
}

} // namespace

std::string helpText(const CLI::App& program, const CLI::App& command)
{
    const bool top = &program == &command;
    std::string out = top ? std::string("Usage: ckptscope [options] COMMAND [options] PATH...\n"
                                        "       ckptscope PATH...        means: ckptscope check PATH...\n")
                          : "Usage: " + usageOf(command) + '\n';
    out += '\n' + command.get_description() + (top ? "\n" : ".\n");
    std::string arguments;
    for (const CLI::Option* option : command.get_options()) {
        if (isPositional(*option) && !isHidden(*option)) {
            appendRow(arguments, option->get_name(), option->get_description());
        }
    }
    if (const auto commands = commandsOf(command); !commands.empty()) {
        out += "\nCommands:\n";
        for (const CLI::App* one : commands) {
            appendRow(out, one->get_name(), one->get_description());
        }
    }
    out += arguments.empty() ? "" : "\nArguments:\n" + arguments;
    out += "\nOptions:\n";
    appendOptions(out, command, false);
    if (!top) {
        out += "\nCommon options:\n";
        appendOptions(out, program, true);
    }
    return out + '\n' + command.get_footer();
}

std::string generateText(const CLI::App& program, const std::string& what)
{
    if (what == "completion-bash") {
        return bashCompletion(program);
    }
    if (what == "completion-zsh") {
        return zshCompletion(program);
    }
    if (what == "completion-fish") {
        return fishCompletion(program);
    }
    return what == "markdown" ? markdownReference(program) : manPage(program);
}

} // namespace ckptscope::cli
