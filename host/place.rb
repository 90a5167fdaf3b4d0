# Says whether a checkout can stand where it does, and whose its machines are, for the Vagrantfile; host/place.py and
# host/vagrant.py ask the same.
module Coursebox
  UNFIT = /[\x00-\x1f\x7f"'\\$`:%{}]/.freeze
  LONGEST = 400

  # Raises SettingsError for a checkout whose path some tool would misread.
  def self.verify_place(folder = File.dirname(HERE))
    text = folder.dup.force_encoding("UTF-8")
    # What begins a path on Windows.
    misread = text.valid_encoding? ? text.sub(/\A[A-Za-z]:/, "")[UNFIT] : text.scrub("�")[/�/]
    if misread
      raise SettingsError.new("这个目录的路径 {text!a} 里有 {found!a}，有的工具会读错：请改名或移到别处（汉字和空格都可以，引号、反斜杠、$ ` : % {{ }} 和控制字符不行）。",
                              text: text.scrub("�").inspect, found: misread.inspect)
    end
    return if text.bytesize <= LONGEST

    raise SettingsError.new("这个目录的路径太长（{count} 个字节，至多 {longest}）：请移到别处。{text}",
                            count: text.bytesize, longest: LONGEST, text: text)
  end

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
    raise SettingsError.new("这个目录是拷贝来的：虚拟机 {names} 是 {homes} 的，没有动它。要用它就到那边去；要在这里另建，先运行 rm -r {paths}，再来一次。",
                            names: names.join(" "), homes: homes.uniq.join(" "), paths: Shellwords.join(notes))
  end
end
