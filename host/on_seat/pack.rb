# Packs what a machine needs to provision itself into one archive, for the Vagrantfile; runs on any host, Windows too.
# host/provision.py packs the same where there is no Vagrant.
require "json"
require "rubygems/package"
require "tempfile"

module Coursebox
  ROOT = File.expand_path("../..", __dir__).force_encoding("UTF-8").freeze
  # What stands behind playbooks/site.yml.
  SENT = JSON.parse(File.read(File.join(__dir__, "sent.json"))).freeze
  LEFT_OUT = %r{(\A|/)(__pycache__|\.mypy_cache|\.ruff_cache)/|\.pyc\z}
  # The authorities that the host was given, as the role ca_certificates has it.
  AUTHORITIES = "/usr/local/share/ca-certificates/*.crt"

  # Returns the path of the archive, which goes when Vagrant ends. One file takes seconds where hundreds take minutes.
  def self.pack(root = ROOT)
    @packed ||= Tempfile.new(["coursebox", ".tar"]).tap do |file|
      file.binmode
      Gem::Package::TarWriter.new(file) do |tar|
        SENT.flat_map { |name| files(root, name) }.sort.each { |name| add(tar, name, File.join(root, name)) }
        Dir.glob(AUTHORITIES).sort.each { |path| add(tar, "ca-certificates/#{File.basename(path)}", path) }
      end
      file.close
    end
    @packed.path
  end

  def self.files(root, name)
    return [name] if File.file?(File.join(root, name))

    Dir.glob("#{name}/**/*", File::FNM_DOTMATCH, base: root)
       .select { |found| File.file?(File.join(root, found)) && !found.match?(LEFT_OUT) }
  end

  # Text goes without carriage returns, as git keeps it, whatever an editor on Windows made of it.
  def self.add(tar, name, path)
    content = File.binread(path)
    content.gsub!("\r\n", "\n") unless content.include?("\0")
    mode = File.executable?(path) ? 0o755 : 0o644
    tar.add_file_simple(name, mode, content.bytesize) { |member| member.write(content) }
  end
end
