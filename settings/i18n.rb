# What Vagrant says of this checkout, in two languages, from the host tool's translations; lab/i18n.py has the same rules.
require "json"

module Coursebox
  TRANSLATIONS = File.expand_path("../host/locale/en/LC_MESSAGES/host.po", __dir__).freeze

  # Says whether an environment asks for English.
  def self.english?(environment = ENV)
    locale = %w[LC_ALL LC_MESSAGES LANG].map { |name| environment[name].to_s }.find { |value| !value.empty? } || "C"
    unset = %w[C POSIX].include?(locale.partition(".").first)
    first = %w[C POSIX].include?(locale) ? [] : environment["LANGUAGE"].to_s.split(":")
    chosen = [*first, locale].find { |choice| choice.start_with?("zh", "en") }
    chosen ? chosen.start_with?("en") : !unset
  end

  # Returns a message in the language that is spoken, with values in the places that bear their names.
  def self.translated(text, **values)
    if english?
      @translations ||= File.read(TRANSLATIONS, encoding: "UTF-8").scan(/^msgid (".+")\nmsgstr (".+")$/)
                            .to_h { |pair| pair.map { |quoted| JSON.parse("[#{quoted}]").first } }
      text = @translations.fetch(text, text)
    end
    values.empty? ? text : text.gsub(/\{\{|\}\}|\{(\w+)[^}]*\}/) { |place| $1 ? values.fetch($1.to_sym).to_s : place[0] }
  end
end
