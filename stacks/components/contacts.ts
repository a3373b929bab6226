// Who is told: one contact group for each priority of the contract, reached through a DingTalk robot.
// Mail and SMS contacts wait for a click of the person; a robot is the only channel that works unattended.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { secret } from "../config";
import type { WatchConfig } from "../configuration";
import { physicalName } from "../environments";
import type { Priority } from "../plan/alarms";

export class Contacts extends pulumi.ComponentResource {
  private readonly groups = new Map<Priority, pulumi.Output<string>>();

  constructor(
    name: string,
    { environment, groups }: { environment: string; groups: WatchConfig["groups"] },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("netedu:components:Contacts", name, {}, opts);
    const people = [...new Set(groups.flatMap(({ contacts }) => contacts))];
    const contacts = new Map(
      people.map((person) => [
        person,
        new alicloud.cms.AlarmContact(
          person,
          {
            alarmContactName: physicalName(environment, person),
            describe: person,
            channelsDingWebHook: secret("dingWebhook"),
            lang: "zh-cn",
          },
          { parent: this },
        ),
      ]),
    );
    for (const { priority, contacts: members } of groups) {
      const group = new alicloud.cms.AlarmContactGroup(
        priority,
        {
          alarmContactGroupName: physicalName(environment, priority.toLowerCase()),
          describe: `Told of ${priority}`,
          contacts: members.map((member) => contacts.get(member)!.alarmContactName),
        },
        { parent: this },
      );
      this.groups.set(priority, group.alarmContactGroupName);
    }
    this.registerOutputs();
  }

  group(priority: Priority): pulumi.Output<string> {
    return this.groups.get(priority)!;
  }
}
