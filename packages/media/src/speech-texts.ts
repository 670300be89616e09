/** What each look talks about: enough for 40 seconds, and no two of them share a sentence. */
export const SPEECH_TEXTS: readonly string[] = [
  `Good morning everybody, thanks for joining on time. I have gone through the figures for the third quarter and most of them look healthy.
  Orders from the northern region grew by eleven percent, while returns fell for the second month in a row. The one thing that worries me is the
  warehouse in Leeds, where deliveries are late almost every Thursday. I would like somebody to visit the place next week and speak with the people
  who load the trucks. If we understand the cause, we can probably mend it before the holidays. Let me also remind you that the new catalogue goes to
  print on Friday, so please send me your corrections before noon on Wednesday. After that date nothing can be changed without paying the printer again.`,
  `All right, let me walk you through what happened last night. Around two in the morning the database in the second rack stopped answering, and the
  standby took over within nine seconds. Customers noticed a short pause, nothing more. We then found that a cooling fan had failed and the machine had
  protected itself. The part is being replaced today. What I really like is that nobody had to wake up and type commands by hand. A year ago the same
  fault cost us four hours and a very long apology. I still want to improve the alarm, because it told us about seven symptoms and only one cause. My
  proposal is to group those messages, test the change in the laboratory, and roll it out at the end of the month.`,
  `Well, when I started in this trade we drew every bridge with a pencil and a ruler, and the wind was something you felt on your face. These days the
  model tells me within minutes how the deck will move in a storm. Still, I ask every young engineer to stand on the bank and look at the river first.
  The old crossing at Kelso has carried carts, cattle and lorries for two hundred years, and there is a lesson in each of its stones. We should strengthen
  the third arch, renew the drainage, and otherwise leave it alone. The council wants a decision in March. I suggest we show them photographs, explain
  the cost plainly, and let the builders speak about the schedule themselves.`,
  `Hi, can you all see my screen? Great. This is the new booking page, and I want to show you three small changes. First, the calendar opens on the
  current week instead of an empty month. Second, the form remembers the room that you used last time, which saves most people eleven clicks. Third, errors
  appear next to the field and explain what to do. We tested this with twenty volunteers on Tuesday. Eighteen finished without any help, and the other two
  got stuck at the same button, so its name is going to change. I expect to hand over the final drawings tomorrow, and then Jamal can start building. Please
  tell me today if anything here looks wrong to you.`,
  `So about the festival, the stage arrives on Monday and the sound people come a day later. We have sixteen bands this year and two of them travel with a
  whole orchestra, so the timetable is tight. I moved the drummers to the afternoon because the neighbours complained last summer. Food will be by the lake:
  roasted corn, fish stew, mango juice, that sort of thing. What I still need is forty volunteers who can carry fences and smile while they are doing it. The
  weather looks kind so far, a little breeze and no rain. If it changes, we take shelter in the market hall and play without amplifiers, which honestly might
  be the best concert of all.`,
  `Thank you for having me. Our clinic treats about three hundred children every week, and more than half of their parents travel longer than an hour to reach
  us. That is why video visits matter so much here. A nurse sits with the family in the village, and I look at the ears, the skin, the breathing through her
  camera. Sound quality is essential, because a wheeze can be very quiet. Since January we have avoided eight hundred journeys. Mothers tell us that they ask
  more questions from home than they dare to ask in the surgery. Next year I hope to add two villages, train five nurses, and publish what we have learned.`,
  `Right then, a quick report from the garden project. The apple trees along the southern wall survived the frost, and the bees came back on the ninth of April.
  We planted beans, squash and sunflowers between the rows, the way farmers did it long ago. Water is the difficult part. The barrels are full today, but three
  dry weeks would empty them. I have asked the fire brigade whether we may use their old pump, and they were very friendly about it. Pupils from the primary
  school come on Fridays and count worms, which is louder than it sounds. If you have spare gloves, jars or wooden boxes, bring them along on Saturday and stay
  for soup.`,
  `Lovely to see your faces again. I have read the manuscript twice, and I think the middle chapters are the strongest thing that she has ever written. The scene on
  the ferry made me miss my own stop. What does not work yet is the ending, which arrives too quickly and explains too much. I would cut the letter, keep the
  silence in the kitchen, and trust the reader. The cover designer has sent three sketches. My favourite is the blue one with the tiny lighthouse, though the
  bookshops may prefer something warmer. We print five thousand copies in September. Before that we need two quotations, one photograph, and a title that everybody
  can pronounce.`,
];
