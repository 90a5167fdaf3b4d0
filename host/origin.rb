# Keeps a copied checkout from the virtual machines of its original, for the Vagrantfile; host/vagrant.py asks the same.
module Coursebox
  # Raises SettingsError where Vagrant knows machines here that are another checkout's, of which this one is a copy. Vagrant
  # itself would only warn, and note this folder as theirs (check_cwd in its lib/vagrant/machine.rb).
  def self.verify_origin(folder = File.dirname(HERE))
    taken = Dir.glob(".vagrant/machines/*/*/id", base: folder).sort.filter_map do |id|
      noted = File.join(folder, File.dirname(id), "vagrant_cwd")
      next if id.split("/")[3] == "docker" || !File.exist?(noted)

      home = File.read(noted, encoding: "UTF-8").chomp
      original = File.join(home, id)
      # One that was moved has left nothing there.
      next if File.identical?(home, folder) || !File.exist?(File.join(home, "Vagrantfile")) || !File.exist?(original)

      [id.split("/")[2], home, File.join(folder, File.dirname(id))] if File.binread(original) == File.binread(File.join(folder, id))
    end
    return if taken.empty?

    names, homes, notes = taken.transpose
    raise SettingsError, "这个目录是拷贝来的：虚拟机 #{names.join(' ')} 是 #{homes.uniq.join(' ')} 的，没有动它。要用它就到那边去；" \
                         "要在这里另建，先运行 rm -r #{Shellwords.join(notes)}，再来一次。"
  end
end
